package html

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
)

// Sheet is a page with pictures of what a model sees.
type Sheet struct {
	Report *convert.Report
	// Arguments is the command line, as in Page.
	Arguments []string
	Shown     []convert.Shown
}

//go:embed sheet.gohtml
var sheetText string

var sheet = template.Must(template.New("sheet").Parse(sheetText))

type sheetView struct {
	Model    string
	Command  string
	Style    template.CSS
	Warnings []string
	Facts    []fact
	Rows     [][]string
	Pictures []sheetPicture
}

type sheetPicture struct {
	Name, Label string
	Source      template.URL
}

// Write writes the page.
func (s Sheet) Write(w io.Writer) error {
	r := quoted(s.Report)
	v := sheetView{Model: r.Original.Path, Command: commandLine(quoted(s.Arguments)), Style: template.CSS(asset(own, "page.css")), Warnings: r.Look.Warnings}
	add := func(name, text string) { v.Facts = append(v.Facts, fact{Name: name, Text: text}) }
	add("model", r.Original.Path)
	add("samples", fmt.Sprintf("%s, of which %s were looked at", format.Count(int64(r.Look.Samples)), format.Count(int64(r.Look.Looked))))
	if p := r.Preprocess; p != nil {
		add("preprocessing", p.String())
		if len(p.Guessed) > 0 {
			add("guessed", strings.Join(p.Guessed, ", "))
		}
	}
	if n := r.Look.Norm; n != nil {
		add("first norm", fmt.Sprintf("%s: means are %.3g running standard deviations off, deviations %.3g times as large", n.Node, n.Shift, n.Spread))
	}
	for _, in := range r.Look.Inputs {
		for c, f := range in.Channels {
			v.Rows = append(v.Rows, channelRow(in, c, f))
		}
	}
	for _, p := range s.Shown {
		source, err := pictureURL(p.Image)
		if err != nil {
			return fmt.Errorf("page: %w", err)
		}
		v.Pictures = append(v.Pictures, sheetPicture{format.Text(p.Name), format.Text(p.Label), source})
	}
	var b bytes.Buffer // a page is whole or not there
	if err := sheet.Execute(&b, v); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func channelRow(in report.InputFigures, c int, f report.ChannelFigures) []string {
	row := []string{in.Name, fmt.Sprint(c)}
	for _, x := range []float64{f.Min, f.Max, f.Mean, f.Std} {
		row = append(row, fmt.Sprintf("%.4g", x))
	}
	return row
}

// smallest is the least side of pictures that JPEG is good enough for.
const smallest = 96

// pictureURL returns a picture as part of a page. Small ones, and those that are not opaque, are stored
// without loss.
func pictureURL(img image.Image) (template.URL, error) {
	if img == nil {
		return "", nil
	}
	var b bytes.Buffer
	kind, err := "jpeg", error(nil)
	opaque, asks := img.(interface{ Opaque() bool })
	if s := img.Bounds().Size(); min(s.X, s.Y) < smallest || asks && !opaque.Opaque() {
		kind, err = "png", png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 85})
	}
	return template.URL("data:image/" + kind + ";base64," + base64.StdEncoding.EncodeToString(b.Bytes())), err
}
