package tokenizer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// pattern finds what is to be replaced or cut.
type pattern struct {
	text  string         // as it stands, if expr is nil
	expr  *regexp.Regexp // see below
	white int            // the group that matches \s+(?!\S); 0 for none
}

// parsePattern reads {"String": ...} or {"Regex": ...}.
func parsePattern(at string, raw json.RawMessage) (*pattern, error) {
	var f struct {
		String *string
		Regex  *string
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("%s: pattern: %w", at, plain(err))
	}
	switch {
	case f.String != nil && *f.String != "":
		return &pattern{text: *f.String}, nil
	case f.Regex != nil && *f.Regex != "":
		p, err := compile(*f.Regex)
		if err != nil {
			return nil, fmt.Errorf("%s: the expression %q is not supported: %w", at, *f.Regex, err)
		}
		return p, nil
	}
	return nil, fmt.Errorf("%s: pattern: want a String or a Regex that is not empty", at)
}

// lookahead is the one expression beyond those of package regexp that files have: white space but for
// the last one before something else. It is understood where it is an alternative before \s+ at the end.
const lookahead = `|\s+(?!\S)|\s+`

// longestPattern bounds expressions; the longest in use have some hundred characters.
const longestPattern = 4096

// compile compiles an expression of Oniguruma that means the same to package regexp, once classes
// without Unicode there have been written out.
func compile(text string) (*pattern, error) {
	if len(text) > longestPattern {
		return nil, fmt.Errorf("it has more than %d characters", longestPattern)
	}
	p := &pattern{}
	body, white := strings.CutSuffix(text, lookahead)
	if white {
		body += `|(?P<white>\s+)`
	}
	written, err := unicodeClasses(body)
	if err != nil {
		return nil, err
	}
	if p.expr, err = regexp.Compile(written); err != nil {
		return nil, err
	}
	if white {
		p.white = p.expr.SubexpIndex("white")
	}
	return p, nil
}

// whiteClass is \s of Unicode inside brackets.
const whiteClass = `\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}`

// unicodeClasses writes out \s, \S and \d, which are about ASCII in package regexp.
func unicodeClasses(text string) (string, error) {
	var b strings.Builder
	inside := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			i++
			switch e := text[i]; {
			case e == 's' && inside:
				b.WriteString(whiteClass)
			case e == 's':
				b.WriteString("[" + whiteClass + "]")
			case e == 'S' && !inside:
				b.WriteString("[^" + whiteClass + "]")
			case e == 'd':
				b.WriteString(`\p{Nd}`)
			case e == 'p' || e == 'P' || e == 'r' || e == 'n' || e == 't' || strings.IndexByte(`\.+*?()|[]{}^$/-'"`, e) >= 0:
				b.WriteByte('\\')
				b.WriteByte(e)
			default:
				return "", fmt.Errorf(`\%c in it has another meaning here`, e)
			}
			continue
		case c == '[' && inside, c == '&' && inside:
			return "", fmt.Errorf("classes in classes have another meaning here")
		case (c == '^' || c == '$' || c == '.') && !inside:
			return "", fmt.Errorf("%q in it has another meaning here", string(c))
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

// matches returns where the pattern matches, in order.
func (p *pattern) matches(s string) (all [][2]int) {
	if p.expr == nil {
		for at := 0; ; {
			i := strings.Index(s[at:], p.text)
			if i < 0 {
				return all
			}
			all = append(all, [2]int{at + i, at + i + len(p.text)})
			at += i + len(p.text)
		}
	}
	if p.white == 0 {
		for _, m := range p.expr.FindAllStringIndex(s, -1) {
			if m[1] > m[0] {
				all = append(all, [2]int{m[0], m[1]})
			}
		}
		return all
	}
	for at := 0; at < len(s); {
		m := p.expr.FindStringSubmatchIndex(s[at:])
		if m == nil {
			return all
		}
		from, to := at+m[0], at+m[1]
		if m[2*p.white] >= 0 && to < len(s) {
			if _, n := utf8.DecodeLastRuneInString(s[from:to]); to-n > from {
				to -= n
			}
		}
		if to == from {
			_, n := utf8.DecodeRuneInString(s[at:])
			at += n
			continue
		}
		all = append(all, [2]int{from, to})
		at = to
	}
	return all
}

func parseSplit(p part) (preTokenizer, error) {
	f := struct {
		Type     string          `json:"type"`
		Pattern  json.RawMessage `json:"pattern"`
		Behavior behavior        `json:"behavior"`
		Invert   bool            `json:"invert"`
	}{}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	of, err := parsePattern(p.at, f.Pattern)
	if err != nil {
		return nil, err
	}
	return func(pieces []piece) ([]piece, error) {
		return cutPieces(pieces, func(text string) []span {
			spans := covered(len(text), of.matches(text))
			for i := range spans {
				spans[i].match = spans[i].match != f.Invert
			}
			return f.Behavior.apply(spans)
		}), nil
	}, f.Behavior.check(p.at)
}

func parseReplace(p part) (normalizer, error) {
	f := struct {
		Type    string          `json:"type"`
		Pattern json.RawMessage `json:"pattern"`
		Content string          `json:"content"`
	}{}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	of, err := parsePattern(p.at, f.Pattern)
	if err != nil {
		return nil, err
	}
	return func(text string) (string, error) {
		matches := of.matches(text)
		if n := int64(len(matches))*int64(len(f.Content)) + int64(len(text)); n > 2*longestText {
			return "", fmt.Errorf("normalized: want texts of at most %d bytes, have one of up to %d", longestText, n)
		}
		var b strings.Builder
		end := 0
		for _, m := range matches {
			b.WriteString(text[end:m[0]])
			b.WriteString(f.Content)
			end = m[1]
		}
		b.WriteString(text[end:])
		return bounded(b.String())
	}, nil
}
