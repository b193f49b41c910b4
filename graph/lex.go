package graph

import (
	"fmt"
	"strings"
)

// tokenKind says what a token of the text form is.
type tokenKind uint8

const (
	endToken tokenKind = iota
	identToken
	numberToken // also -inf and -nan; without the sign these are identifiers
	stringToken // text is the string without quotes and escapes
	punctToken
)

// token is one word of the text form at the byte offset at.
type token struct {
	kind tokenKind
	text string
	at   int
}

func (t token) String() string {
	switch t.kind {
	case endToken:
		return "the end"
	case stringToken:
		return "the string " + quoted(clip(t.text))
	case punctToken:
		return quoted(t.text)
	}
	return clip(t.text)
}

// clip shortens text for an error message to one short line.
func clip(s string) string {
	if first, _, more := strings.Cut(s, "\n"); more || len(first) > 40 {
		return first[:min(40, len(first))] + "..."
	}
	return s
}

// lexer divides a text into tokens. White space and comments (# to the end of the line) separate them.
type lexer struct {
	text string
	at   int
}

// position returns line and column of a byte offset, both counted from 1.
func (l *lexer) position(at int) (line, column int) {
	before := l.text[:at]
	return 1 + strings.Count(before, "\n"), at - strings.LastIndexByte(before, '\n')
}

func (l *lexer) errorf(at int, format string, args ...any) error {
	line, column := l.position(at)
	return fmt.Errorf("%d:%d: %s", line, column, fmt.Sprintf(format, args...))
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// peek returns the byte at offset i from here, or 0 beyond the end.
func (l *lexer) peek(i int) byte {
	if l.at+i < len(l.text) {
		return l.text[l.at+i]
	}
	return 0
}

func (l *lexer) skip() {
	for l.at < len(l.text) {
		switch l.text[l.at] {
		case ' ', '\t', '\r', '\n', '\v', '\f':
			l.at++
		case '#':
			end := strings.IndexByte(l.text[l.at:], '\n')
			if end < 0 {
				l.at = len(l.text)
				return
			}
			l.at += end
		default:
			return
		}
	}
}

// while advances over the bytes that f accepts.
func (l *lexer) while(f func(byte) bool) {
	for l.at < len(l.text) && f(l.text[l.at]) {
		l.at++
	}
}

// next reads one token.
func (l *lexer) next() (token, error) {
	l.skip()
	start := l.at
	made := func(k tokenKind) (token, error) { return token{k, l.text[start:l.at], start}, nil }
	c := l.peek(0)
	switch {
	case l.at == len(l.text):
		return made(endToken)
	case isLetter(c):
		l.while(func(c byte) bool { return isLetter(c) || isDigit(c) })
		return made(identToken)
	case isDigit(c), c == '-' && isDigit(l.peek(1)):
		l.number()
		return made(numberToken)
	case c == '-' && isLetter(l.peek(1)):
		l.at++
		l.while(isLetter)
		return made(numberToken)
	case c == '"':
		return l.string()
	}
	for _, p := range []string{"...", "=>", "<", ">", "(", ")", "[", "]", "{", "}", ",", "=", ":", ".", "?", "@"} {
		if strings.HasPrefix(l.text[l.at:], p) {
			l.at += len(p)
			return made(punctToken)
		}
	}
	return token{}, l.errorf(start, "want a word, a number, a string or punctuation, have %q", clip(l.text[start:start+1]))
}

// number advances over digits with an optional fraction and exponent.
func (l *lexer) number() {
	l.at++
	l.while(isDigit)
	if l.peek(0) == '.' && l.peek(1) != '.' {
		l.at++
		l.while(isDigit)
	}
	if l.peek(0)|0x20 != 'e' {
		return
	}
	sign := 1
	if c := l.peek(1); c == '+' || c == '-' {
		sign = 2
	}
	if isDigit(l.peek(sign)) {
		l.at += sign
		l.while(isDigit)
	}
}

// string reads a quoted string. A backslash makes the next byte stand for itself, whatever it is, as in ONNX's own
// parser.
func (l *lexer) string() (token, error) {
	start := l.at
	var b strings.Builder
	for l.at++; l.at < len(l.text); l.at++ {
		switch c := l.text[l.at]; c {
		case '"':
			l.at++
			return token{stringToken, b.String(), start}, nil
		case '\\':
			l.at++
			if l.at < len(l.text) {
				b.WriteByte(l.text[l.at])
			}
		default:
			b.WriteByte(c)
		}
	}
	return token{}, l.errorf(start, "want the closing quote of this string, have the end")
}
