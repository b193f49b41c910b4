package detection

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// YOLO reads labels from a folder of text files, one a picture and named like it, with a line for each
// thing: class, centre and size as shares of the picture. A picture without a file has nothing in it.
// Without names, the pictures are those of the files, in the order of their names.
func YOLO(dir string, names []string) (*Labels, error) {
	if names == nil {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if filepath.Ext(e.Name()) == ".txt" && e.Type()&fs.ModeDir == 0 {
				names = append(names, e.Name())
			}
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s: want text files with labels, have none", dir)
		}
		slices.Sort(names)
	}
	l, any := &Labels{}, false
	for _, n := range names {
		stem := strings.TrimSuffix(base(n), filepath.Ext(n))
		path := filepath.Join(dir, stem+".txt")
		known, err := yoloFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			known, err = nil, nil
		} else {
			any = true
		}
		if err != nil {
			return nil, err
		}
		l.Pictures = append(l.Pictures, Picture{Name: n, Known: known})
	}
	if !any {
		return nil, fmt.Errorf("%s: want text files named like the pictures, have none", dir)
	}
	return l, nil
}

// longestYOLO bounds the bytes of a picture's labels.
const longestYOLO = 16 << 20

func yoloFile(path string) (known []Truth, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, longestYOLO))
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		if len(words) < 5 {
			return nil, fmt.Errorf("%s: line %d: want class, centre and size, have %d words", path, n, len(words))
		}
		class, err := strconv.Atoi(words[0])
		var x [4]float64
		for i := range x {
			v, bad := strconv.ParseFloat(words[1+i], 64)
			if bad != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				err = fmt.Errorf("%q is no number", words[1+i])
			}
			x[i] = v
		}
		if err != nil || class < 0 {
			return nil, fmt.Errorf("%s: line %d: want a class and four numbers, have %q", path, n, lines.Text())
		}
		known = append(known, Truth{Box: Box{x[0] - x[2]/2, x[1] - x[3]/2, x[0] + x[2]/2, x[1] + x[3]/2, class, 0}})
	}
	return known, lines.Err()
}
