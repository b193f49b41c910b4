package task

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph/memory"
)

// masks is the Truth of pictures whose pixels' classes are in a folder of PNG: indices of a palette,
// or grey values. They are read when they are wanted.
type masks struct {
	dir   string
	files []string // one a sample
}

// openMasks finds the mask of each sample: by the name of its picture, or else in the order of names.
func openMasks(dir string, of dataset.Source) (*masks, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	var all []string
	by := map[string]string{}
	for _, e := range entries {
		if stem, ok := strings.CutSuffix(e.Name(), ".png"); ok && e.Type()&fs.ModeDir == 0 {
			all, by[stem] = append(all, e.Name()), e.Name()
		}
	}
	n := of.Count()
	names := dataset.Names(of)
	if names == nil {
		if len(all) != n {
			return nil, fmt.Errorf("%s: want %d PNG files, one for each sample, have %d", dir, n, len(all))
		}
		slices.Sort(all)
		return &masks{dir, all}, nil
	}
	m := &masks{dir: dir}
	for _, name := range names {
		stem := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		file, found := by[stem]
		if !found {
			return nil, fmt.Errorf("%s: want %s.png for the picture %s", dir, stem, name)
		}
		m.files = append(m.files, file)
	}
	if len(m.files) != n {
		return nil, fmt.Errorf("%s: want names of %d pictures, have %d", dir, n, len(m.files))
	}
	return m, nil
}

// Part returns the masks of the numbered samples.
func (m *masks) Part(samples []int) dataset.Truth {
	out := &masks{dir: m.dir}
	for _, s := range samples {
		out.files = append(out.files, m.files[s])
	}
	return out
}

// Digest writes the files.
func (m *masks) Digest(w io.Writer) error {
	for _, name := range m.files {
		text, err := os.ReadFile(filepath.Join(m.dir, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%q %d ", name, len(text))
		w.Write(text)
	}
	return nil
}

// read returns the classes of a sample, height x width. A mask of another size is sampled at the
// nearest pixels.
func (m *masks) read(sample, height, width int) ([]int, error) {
	path := filepath.Join(m.dir, m.files[sample])
	classes, err := readMask(path, height, width)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return classes, nil
}

func readMask(path string, height, width int) ([]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, err := png.DecodeConfig(f)
	if err != nil {
		return nil, err
	}
	if err := memory.Hold(fmt.Sprintf("a mask of %d x %d pixels", head.Width, head.Height), memory.Product(int64(head.Width), int64(head.Height), 8)); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	p, err := png.Decode(f)
	if err != nil {
		return nil, err
	}
	var at func(x, y int) int
	switch p := p.(type) {
	case *image.Paletted:
		at = func(x, y int) int { return int(p.ColorIndexAt(x, y)) }
	case *image.Gray:
		at = func(x, y int) int { return int(p.GrayAt(x, y).Y) }
	case *image.Gray16:
		at = func(x, y int) int { return int(p.Gray16At(x, y).Y) }
	default:
		return nil, fmt.Errorf("want classes as a palette or as grey values, have %s", colours(p.ColorModel()))
	}
	size := p.Bounds().Size()
	out := make([]int, height*width)
	for y := range height {
		for x := range width {
			out[y*width+x] = at((2*x+1)*size.X/(2*width), (2*y+1)*size.Y/(2*height))
		}
	}
	return out, nil
}

func colours(m color.Model) string {
	if m == color.RGBAModel || m == color.NRGBAModel || m == color.RGBA64Model || m == color.NRGBA64Model {
		return "colours"
	}
	return "another form"
}
