package picture

import (
	"bytes"
	"encoding/binary"
)

// orientation returns the orientation that the EXIF data of a file declare, 1 to 8, or 1 if there are
// none or they are damaged: a picture without them is shown as it is stored.
func orientation(contents []byte, format string) int {
	switch format {
	case "jpeg":
		return tiffOrientation(jpegEXIF(contents))
	case "png":
		return tiffOrientation(pngEXIF(contents))
	case "webp":
		return tiffOrientation(webpEXIF(contents))
	}
	return 1
}

var exifPrefix = []byte("Exif\x00\x00")

// jpegEXIF returns what follows the prefix in the segment APP1, before the scan.
func jpegEXIF(b []byte) []byte {
	for at := 2; at+4 <= len(b) && b[at] == 0xff; {
		marker := b[at+1]
		if marker == 0xff { // fill byte
			at++
			continue
		}
		size := int(binary.BigEndian.Uint16(b[at+2:]))
		if marker == 0xda || size < 2 || at+2+size > len(b) {
			return nil
		}
		if body := b[at+4 : at+2+size]; marker == 0xe1 && bytes.HasPrefix(body, exifPrefix) {
			return body[len(exifPrefix):]
		}
		at += 2 + size
	}
	return nil
}

// pngEXIF returns the chunk eXIf.
func pngEXIF(b []byte) []byte {
	for at := int64(8); at+8 <= int64(len(b)); {
		size := int64(binary.BigEndian.Uint32(b[at:]))
		if at+8+size > int64(len(b)) {
			return nil
		}
		if string(b[at+4:at+8]) == "eXIf" {
			return bytes.TrimPrefix(b[at+8:at+8+size], exifPrefix)
		}
		at += 12 + size
	}
	return nil
}

// webpEXIF returns the chunk EXIF, in which some programs leave the prefix of JPEG.
func webpEXIF(b []byte) []byte {
	for at := int64(12); at+8 <= int64(len(b)); {
		size := int64(binary.LittleEndian.Uint32(b[at+4:]))
		if at+8+size > int64(len(b)) {
			return nil
		}
		if string(b[at:at+4]) == "EXIF" {
			return bytes.TrimPrefix(b[at+8:at+8+size], exifPrefix)
		}
		at += 8 + size + size%2
	}
	return nil
}

// tiffOrientation returns tag 274 of the first directory of EXIF data, which have the form of a TIFF
// file (Exif 2.32, 4.6).
func tiffOrientation(b []byte) int {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("MM\x00*")):
		order = binary.BigEndian
	}
	if order == nil || len(b) < 8 {
		return 1
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	entries := int64(order.Uint16(b[at:]))
	const (
		width = 12
		tag   = 274
		short = 3
	)
	for e := at + 2; e+width <= int64(len(b)) && e < at+2+width*entries; e += width {
		if order.Uint16(b[e:]) != tag {
			continue
		}
		if n := order.Uint16(b[e+8:]); order.Uint16(b[e+2:]) == short && n >= 1 && n <= 8 {
			return int(n)
		}
		return 1
	}
	return 1
}

// turned returns p turned and mirrored as the orientation says.
func (p *Picture) turned(orientation int) *Picture {
	if orientation == 1 {
		return p
	}
	w, h := p.Width, p.Height
	q := &Picture{Width: w, Height: h}
	if orientation > 4 { // rows become columns
		q.Width, q.Height = h, w
	}
	out := make([]byte, 3*w*h)
	row := make([]byte, 3*w)
	for y := range h {
		p.pixels.row(row, y, 0, w)
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2, 3, 7, 8:
				tx = w - 1 - x
			}
			switch orientation {
			case 3, 4, 6, 7:
				ty = h - 1 - y
			}
			if orientation > 4 {
				tx, ty = ty, tx
			}
			copy(out[3*(ty*q.Width+tx):], row[3*x:3*x+3])
		}
	}
	q.pixels = packed{out, 3 * q.Width}
	return q
}
