package format

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// longestLine is the most bytes that a message may have.
const longestLine = 400

// Line returns a message as one line of at most 400 bytes. It quotes what would start another line, move the cursor, change
// colours or turn the direction of writing, and cuts a long message in the middle, because the beginning says where and the
// end says what.
func Line(message string) string {
	// Errors of package proto have a space that some builds make one that does not break.
	message = strings.ReplaceAll(message, "proto:\u00a0", "proto: ")
	lines := strings.FieldsFunc(message, func(r rune) bool { return r == '\n' || r == '\r' })
	s := Text(strings.Join(lines, "; "))
	if len(s) <= longestLine {
		return s
	}
	const gap = " ... "
	const head = (longestLine - len(gap)) / 2
	from, to := head, len(s)-(longestLine-len(gap)-head)
	for !utf8.RuneStart(s[from]) {
		from--
	}
	for !utf8.RuneStart(s[to]) {
		to++
	}
	return s[:from] + gap + s[to:]
}

// Text quotes the parts of s that do not print as themselves: control characters, marks that turn the direction of writing,
// characters without width, and bytes that are not UTF-8. It is applied to names that come from files.
func Text(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] < 0x7f
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || !strconv.IsPrint(r) {
			q := strconv.Quote(s[i : i+size])
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// JSON returns a writer that passes JSON on to w and escapes the characters in strings that do not print as themselves. The
// result means the same and is safe to show on a terminal. Each write must end at the end of a character.
func JSON(w io.Writer) io.Writer { return escaper{w} }

type escaper struct{ w io.Writer }

func (e escaper) Write(b []byte) (int, error) {
	var out []byte
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case r < 0x7f || strconv.IsPrint(r):
			out = append(out, b[i:i+size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	if _, err := e.w.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}
