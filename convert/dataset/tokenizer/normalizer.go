package tokenizer

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normalizer changes a text before it is cut.
type normalizer func(text string) (string, error)

// plainNormalizer is a normalizer that cannot make a text much longer.
func plainNormalizer(f func(string) string) normalizer {
	return func(text string) (string, error) { return bounded(f(text)) }
}

// bounded refuses a text that normalizers have made too long.
func bounded(text string) (string, error) {
	if len(text) > longestText {
		return "", fmt.Errorf("normalized: want texts of at most %d bytes, have one of %d", longestText, len(text))
	}
	return text, nil
}

// normalizers has what needs no parameters.
var normalizers = map[string]func(string) string{
	"Lowercase":    lower,
	"NFC":          norm.NFC.String,
	"NFD":          norm.NFD.String,
	"NFKC":         norm.NFKC.String,
	"NFKD":         norm.NFKD.String,
	"StripAccents": func(text string) string { return without(text, unicode.M) },
	"ByteLevel":    byteLetters,
}

func parseNormalizer(p part) (normalizer, error) {
	if absent(p.raw) {
		return nil, nil
	}
	kind, err := p.kind()
	if err != nil {
		return nil, err
	}
	if f := normalizers[kind]; f != nil {
		var fields struct {
			Type string `json:"type"`
		}
		return plainNormalizer(f), p.into(&fields)
	}
	switch kind {
	case "Sequence":
		return parseNormalizers(p)
	case "BertNormalizer":
		return parseBertNormalizer(p)
	case "Replace":
		return parseReplace(p)
	case "Precompiled":
		return parsePrecompiled(p)
	case "Prepend":
		f := struct {
			Type    string `json:"type"`
			Prepend string `json:"prepend"`
		}{}
		err := p.into(&f)
		return func(text string) (string, error) {
			if text == "" {
				return text, nil
			}
			return bounded(f.Prepend + text)
		}, err
	case "Strip":
		f := struct {
			Type  string `json:"type"`
			Left  bool   `json:"strip_left"`
			Right bool   `json:"strip_right"`
		}{}
		err := p.into(&f)
		return plainNormalizer(func(text string) string {
			if f.Left {
				text = strings.TrimLeftFunc(text, unicode.IsSpace)
			}
			if f.Right {
				text = strings.TrimRightFunc(text, unicode.IsSpace)
			}
			return text
		}), err
	}
	return nil, p.refuse(kind)
}

func parseNormalizers(p part) (normalizer, error) {
	parts, err := p.list("normalizers")
	if err != nil {
		return nil, err
	}
	var all []normalizer
	for _, q := range parts {
		n, err := parseNormalizer(q)
		if err != nil {
			return nil, err
		}
		if n != nil {
			all = append(all, n)
		}
	}
	return func(text string) (string, error) {
		var err error
		for _, n := range all {
			if text, err = n(text); err != nil {
				return "", err
			}
		}
		return text, nil
	}, nil
}

// lower makes letters small, each by itself: a final sigma is one as any other.
func lower(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == 'İ' { // the only letter that becomes two
			b.WriteString("i\u0307")
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// without leaves out the characters of a table.
func without(text string, table *unicode.RangeTable) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(table, r) {
			return -1
		}
		return r
	}, text)
}
