package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // the formats that image.Decode knows
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/webp"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph/memory"
)

// mostPixels bounds the pixels of a picture. A file of a few bytes may declare any number.
const mostPixels = 100_000_000

// bytesPerPixel bounds what decoding takes: a progressive JPEG holds its coefficients as well.
const bytesPerPixel = 16

// File is the file of a picture, of which only the header has been decoded.
type File struct {
	contents []byte
	format   string
	// Width and Height are those of the picture as it is stored, not turned yet.
	Width, Height int
}

// Open reads the file at path and decodes its header. It refuses a picture of more pixels than
// memory could hold, whatever the header declares, before that memory is allocated. Errors do not
// name the file.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, staging.Pathless(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, staging.Pathless(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("want a file")
	}
	if err := memory.Hold("the file", info.Size()); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(int(info.Size()) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(f, info.Size())); err != nil {
		return nil, staging.Pathless(err)
	}
	return parse(b.Bytes())
}

// parse decodes the header.
func parse(contents []byte) (*File, error) {
	if len(contents) == 0 {
		return nil, errors.New("want a picture, have an empty file")
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(contents))
	if errors.Is(err, image.ErrFormat) {
		return nil, fmt.Errorf("want a JPEG, PNG, WebP, BMP or GIF, have bytes that begin with % x", contents[:min(4, len(contents))])
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOf(format), undecodable(err))
	}
	f := &File{contents, format, c.Width, c.Height}
	if c.Width < 1 || c.Height < 1 {
		return nil, fmt.Errorf("%s: want pixels, have %dx%d", nameOf(format), c.Width, c.Height)
	}
	if n := memory.Product(c.Width, c.Height); n > mostPixels {
		return nil, fmt.Errorf("%s: want at most %d million pixels, have %dx%d", nameOf(format), mostPixels/1_000_000, c.Width, c.Height)
	}
	if err := memory.Hold(fmt.Sprintf("a picture of %dx%d", c.Width, c.Height), f.Bytes()); err != nil {
		return nil, err
	}
	return f, nil
}

// Bytes bounds the memory that decoding takes.
func (f *File) Bytes() int64 { return memory.Product(int64(f.Width), int64(f.Height), bytesPerPixel) }

// Decode decodes the picture, the first one of an animation. Errors do not name the file.
func (f *File) Decode() (*Picture, error) {
	img, _, err := image.Decode(bytes.NewReader(f.contents))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOf(f.format), undecodable(err))
	}
	p := &Picture{pixels: pixelsOf(img, f.format == "webp")}
	p.Width, p.Height = img.Bounds().Dx(), img.Bounds().Dy()
	if p.Width < 1 || p.Height < 1 {
		return nil, fmt.Errorf("%s: want pixels, have %dx%d", nameOf(f.format), p.Width, p.Height)
	}
	return p.turned(orientation(f.contents, f.format)), nil
}

// Picture is a decoded picture, turned as its orientation says.
type Picture struct {
	Width, Height int
	pixels        pixels
}

// undecodable says what an unexpected end means.
func undecodable(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends in the middle of the picture")
	}
	return err
}

// nameOf returns the format as people write it.
func nameOf(format string) string {
	switch format {
	case "jpeg":
		return "JPEG"
	case "png":
		return "PNG"
	case "webp":
		return "WebP"
	case "bmp":
		return "BMP"
	case "gif":
		return "GIF"
	}
	return "picture"
}
