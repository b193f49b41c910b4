package onnx

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// symbol returns the Dim of a dim_param. graph.Dim calculates with symbols and gives some
// characters a meaning ("*", brackets, a leading digit), while a dim_param is any text. Those
// characters are written as %XX, so that different names stay different and the name in the file
// can be recovered.
func symbol(name string) graph.Dim {
	if name == "" || name == "?" {
		return graph.Unknown
	}
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '.', c == ':', c >= 0x80,
			i > 0 && c >= '0' && c <= '9':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return graph.Symbol(b.String())
}

// dimParam is the inverse of symbol; ok is false if d is not a single symbol but a number, a
// product, a formula or unknown.
func dimParam(d graph.Dim) (name string, ok bool) {
	s := d.String()
	if d.Known() || !d.Named() || strings.ContainsAny(s, "*() ") {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), true
}
