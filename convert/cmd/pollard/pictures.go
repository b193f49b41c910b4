package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/dataset/picture"
)

// pictureFlags returns the flags that say how pictures become inputs.
func pictureFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "preset", Category: inData, Usage: "`NAME`: Preprocess pictures as " + oneOf("preset") + " says; other flags change parts of it."},
		&cli.StringFlag{Name: "preprocess", Category: inData, Usage: "Preprocess pictures as `FILE` says, JSON or YAML of ours or a preprocessor_config.json; other flags change parts of it."},
		&cli.StringFlag{Name: "size", Category: inData, DefaultText: "that of the input", Usage: "Make pictures of `N` by N pixels, or HxW."},
		&cli.StringFlag{Name: "resize", Category: inData, DefaultText: "squash", Usage: "`NAME`: Bring pictures to the size by " + oneOf("resize") + "."},
		&cli.IntFlag{Name: "shorter", Category: inData, DefaultText: "that of the size", Usage: "Resize the shorter side of pictures to `N` pixels, then crop the centre."},
		&cli.StringFlag{Name: "filter", Category: inData, DefaultText: "bilinear", Usage: "`NAME`: Resize pictures with " + oneOf("filter") + "."},
		&cli.StringFlag{Name: "channels", Category: inData, DefaultText: "rgb, or grey for one channel", Usage: "`NAME`: Read pictures as " + oneOf("channels") + "."},
		&cli.BoolFlag{Name: "skip-bad", Category: inData, Usage: "Leave out pictures that cannot be decoded, and name them."},
	}
}

// pictureOptions reads the flags of pictureFlags into o.
func pictureOptions(c *cli.Context, o *dataset.PictureOptions) error {
	p := &o.Preprocess
	if c.IsSet("size") {
		var err error
		if p.Height, p.Width, err = parseSize(c.String("size")); err != nil {
			return err
		}
	}
	if c.IsSet("shorter") && c.Int("shorter") < 1 {
		return fmt.Errorf("shorter: want a positive number, have %d", c.Int("shorter"))
	}
	p.Resize, p.Shorter, p.Filter, p.Order = c.String("resize"), c.Int("shorter"), c.String("filter"), c.String("channels")
	if c.IsSet("preset") && c.IsSet("preprocess") {
		return fmt.Errorf("want --preset or --preprocess, have both")
	}
	if err := p.Check(); err != nil { // its errors are about the flags
		return err
	}
	var base picture.Preprocess
	var err error
	switch {
	case c.IsSet("preset"):
		base, err = picture.Preset(c.String("preset"))
	case c.IsSet("preprocess"):
		base, err = picture.ReadPreprocess(c.String("preprocess"))
	}
	if err != nil {
		return err
	}
	if p.Resize != "" && p.Resize != picture.Crop {
		base.Shorter, base.CropShare = 0, 0
	}
	if p.Shorter > 0 && p.Resize == "" {
		p.Resize = picture.Crop
	}
	*p = p.Over(base)
	o.SkipBad, o.Threads = c.Bool("skip-bad"), c.Int("threads")
	o.Dims, err = dims(c)
	return err
}

// parseSize parses N or HxW.
func parseSize(text string) (height, width int, err error) {
	h, w, both := strings.Cut(text, "x")
	if !both {
		w = h
	}
	height, errH := strconv.Atoi(h)
	width, errW := strconv.Atoi(w)
	if errH != nil || errW != nil || height < 1 || width < 1 {
		return 0, 0, fmt.Errorf("size: want N or HxW pixels, have %q", text)
	}
	return height, width, nil
}

// mostListed bounds the classes and the files that a line or a list names.
const mostListed = 10

// sayTaken says on the standard error what was taken from a folder, and how it is preprocessed: none of
// that is to be silent, where it is guessed above all.
func sayTaken(c *cli.Context, path, labels string, d *convert.Data) {
	if c.Bool("quiet") {
		return
	}
	w := c.App.ErrWriter
	say := func(line string, classes []string) {
		clearProgress(c.App)
		switch {
		case labels != "":
			line += ", labels from " + labels
		case d.Labels != nil && classes != nil:
			line += fmt.Sprintf("; its %d folders are the classes: %s", len(classes), numbered(classes))
		}
		printf(w, "%s: %s\n", path, line)
	}
	if s, is := d.Samples.(*dataset.Sounds); is {
		say(fmt.Sprintf("%s of %d samples a second", counted(s.Count(), "sound"), s.Rate), s.Classes())
		listLeftOut(w, s.LeftOut)
		return
	}
	if taken := dataset.TakenFrom(d.Samples); taken != nil && taken.Calls != nil {
		sayCalls(say, w, taken.Classes, taken.Calls)
		listLeftOut(w, taken.LeftOut)
		return
	}
	if taken := dataset.TakenFrom(d.Samples); taken != nil && taken.Table != nil {
		line := fmt.Sprintf("%s, columns %s", counted(taken.Table.Rows, "row"), strings.Join(taken.Table.Columns, ", "))
		if n := taken.Table.Padded; n > 0 {
			line += fmt.Sprintf("; %s continued with zeros, to %d elements at most", counted(n, "list"), taken.Table.Length)
		}
		say(line, nil)
		return
	}
	if taken := dataset.TakenFrom(d.Samples); taken != nil && taken.Text != nil {
		sayText(say, w, d.Samples.Count(), taken.Text)
		return
	}
	f, is := d.Samples.(*dataset.Folder)
	if !is {
		return
	}
	taken := f.Taken
	say(counted(f.Count(), "picture"), taken.Classes)
	listLeftOut(w, taken.LeftOut)
	how := "as given"
	if len(taken.Guessed) > 0 {
		how = "guessed: " + strings.Join(taken.Guessed, ", ")
	}
	printf(w, "preprocessing: %s (%s)\n", taken.Preprocess.String(), how)
}

func counted(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

// numbered lists classes with their numbers.
func numbered(classes []string) string {
	var s []string
	for i, name := range classes {
		if i == mostListed {
			s = append(s, fmt.Sprintf("and %d more", len(classes)-i))
			break
		}
		s = append(s, fmt.Sprintf("%d %s", i, name))
	}
	return strings.Join(s, ", ")
}

// listLeftOut lists pictures that were left out.
func listLeftOut(w io.Writer, files []string) {
	for i, f := range files {
		if i == mostListed {
			printf(w, "left out: %d more\n", len(files)-i)
			break
		}
		printf(w, "left out: %s\n", f)
	}
}

// foundPictures is the number of samples that the page of a report shows with what both models find.
const foundPictures = 8

// picturesFor returns how many samples to show with what both models find: none without a page.
func picturesFor(c *cli.Context) int {
	if c.IsSet("html") {
		return foundPictures
	}
	return 0
}
