package picture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/pollard-dev/pollard/convert/internal/staging"
)

// longestFile bounds files of preprocessing.
const longestFile = 1 << 20

// ReadPreprocess reads a Preprocess from a JSON file: the fields of Preprocess, of which "size" may
// stand for height and width; or the preprocessor_config.json of a Hugging Face model, which its keys
// tell.
func ReadPreprocess(path string) (Preprocess, error) {
	p, err := readPreprocess(path)
	if err == nil {
		err = p.Check()
	}
	if err != nil {
		return p, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func readPreprocess(path string) (p Preprocess, err error) {
	f, err := os.Open(path)
	if err != nil {
		return p, staging.Pathless(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, longestFile+1))
	if err != nil {
		return p, staging.Pathless(err)
	}
	if len(b) > longestFile {
		return p, errors.New("want preprocessing as JSON or YAML, have a file of more than 1 MiB")
	}
	if ending := strings.ToLower(filepath.Ext(path)); ending == ".yaml" || ending == ".yml" {
		if b, err = fromYAML(b); err != nil {
			return p, fmt.Errorf("want preprocessing as YAML: %w", err)
		}
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(b, &keys); err != nil {
		return p, fmt.Errorf("want preprocessing as JSON: %w", err)
	}
	for _, key := range []string{"image_mean", "do_resize", "do_normalize", "do_rescale", "image_processor_type", "feature_extractor_type"} {
		if keys[key] != nil {
			return huggingFace(b)
		}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	own := struct {
		Size sides `json:"size"`
		*Preprocess
	}{Preprocess: &p}
	if err := d.Decode(&own); err != nil {
		return p, fmt.Errorf("want preprocessing as JSON: %w", err)
	}
	if own.Size != (sides{}) {
		if p.Height != 0 || p.Width != 0 {
			return p, errors.New("want size, or height and width, have both")
		}
		p.Height, p.Width = own.Size.Height, own.Size.Width
	}
	return p, nil
}

// sides are height and width, written as one number, a list of two or an object.
type sides struct {
	Height   int `json:"height"`
	Width    int `json:"width"`
	Shortest int `json:"shortest_edge"`
	Longest  int `json:"longest_edge"`
	one      bool
}

// UnmarshalJSON reads one of the forms.
func (s *sides) UnmarshalJSON(b []byte) error {
	var n int
	if json.Unmarshal(b, &n) == nil {
		*s = sides{Height: n, Width: n, one: true}
		return nil
	}
	var two []int
	if json.Unmarshal(b, &two) == nil {
		if len(two) != 2 {
			return fmt.Errorf("size: want height and width, have %d numbers", len(two))
		}
		*s = sides{Height: two[0], Width: two[1]}
		return nil
	}
	type plain sides
	return json.Unmarshal(b, (*plain)(s))
}

// resamples are PIL's numbers of filters.
var resamples = []string{"nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"}

// config is the preprocessor_config.json of an image processor of the library transformers, as far as
// it says what a picture becomes.
type config struct {
	Resize     *bool     `json:"do_resize"`
	Size       sides     `json:"size"`
	Resample   *int      `json:"resample"`
	CenterCrop bool      `json:"do_center_crop"`
	CropSize   sides     `json:"crop_size"`
	CropShare  float64   `json:"crop_pct"`
	Rescale    *bool     `json:"do_rescale"`
	Factor     *float64  `json:"rescale_factor"`
	Normalize  *bool     `json:"do_normalize"`
	Mean       []float64 `json:"image_mean"`
	Std        []float64 `json:"image_std"`
	Pad        bool      `json:"do_pad"`
}

// huggingFace reads a preprocessor_config.json.
func huggingFace(b []byte) (p Preprocess, err error) {
	var c config
	if err := json.Unmarshal(b, &c); err != nil {
		return p, fmt.Errorf("preprocessor_config.json: %w", err)
	}
	is := func(b *bool) bool { return b == nil || *b }
	p.Order, p.Filter = "rgb", "bilinear"
	if c.Resample != nil {
		if *c.Resample < 0 || *c.Resample >= len(resamples) {
			return p, fmt.Errorf("resample: want 0 to %d, have %d", len(resamples)-1, *c.Resample)
		}
		p.Filter = resamples[*c.Resample]
	}
	switch {
	case c.Size.Longest > 0 || c.Pad && c.Size.Height == 0:
		return p, errors.New("size: want height and width, or shortest_edge; a size that depends on the picture is not supported")
	case !is(c.Resize) && !c.CenterCrop:
		return p, errors.New("do_resize: want true or do_center_crop: inputs have one size")
	case c.CenterCrop || c.Size.Shortest > 0:
		p.cropped(c)
	default:
		p.Resize, p.Height, p.Width = Squash, c.Size.Height, c.Size.Width
	}
	p.Scale, p.Mean, p.Std = []float64{1}, []float64{0}, []float64{1}
	if is(c.Rescale) {
		p.Scale = unit()
		if c.Factor != nil {
			p.Scale = []float64{*c.Factor}
		}
	}
	if is(c.Normalize) {
		if len(c.Mean) == 0 || len(c.Std) == 0 {
			return p, errors.New("do_normalize: want image_mean and image_std")
		}
		p.Mean, p.Std = c.Mean, c.Std
	}
	return p, nil
}

// cropped sets the shorter side and the crop.
func (p *Preprocess) cropped(c config) {
	p.Resize, p.Height, p.Width = Crop, c.CropSize.Height, c.CropSize.Width
	switch p.Shorter = c.Size.Shortest; {
	case p.Shorter == 0 && c.Size.one:
		p.Shorter = c.Size.Height
	case p.Shorter == 0:
		p.Shorter = min(c.Size.Height, c.Size.Width)
	}
	if p.Height == 0 { // ConvNeXt's: the edge is that of the crop, and crop_pct its share
		p.Height, p.Width = p.Shorter, p.Shorter
		if c.CropShare > 0 {
			p.Shorter, p.CropShare = 0, c.CropShare
		}
	}
}

// fromYAML returns a YAML document as JSON.
func fromYAML(b []byte) (text []byte, err error) {
	var keys map[string]any
	if err := yaml.Unmarshal(b, &keys); err != nil {
		line, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n") // its text shows the place
		return nil, errors.New(line)
	}
	return json.Marshal(keys)
}
