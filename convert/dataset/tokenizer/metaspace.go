package tokenizer

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// parseMetaspace returns what SentencePiece does with spaces: they become a letter that begins words.
func parseMetaspace(p part) (preTokenizer, error) {
	f := struct {
		Type   string  `json:"type"`
		Letter string  `json:"replacement"`
		StrRep *string `json:"str_rep"` // of old files, the same again
		Add    *bool   `json:"add_prefix_space"`
		Scheme string  `json:"prepend_scheme"`
		Split  *bool   `json:"split"`
	}{Letter: "▁"}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(f.Letter) != 1 {
		return nil, fmt.Errorf("%s: replacement: want one character, have %q", p.at, short(f.Letter))
	}
	switch {
	case f.Scheme == "":
		f.Scheme = "always"
	case f.Scheme != "always" && f.Scheme != "first" && f.Scheme != "never":
		return nil, fmt.Errorf("%s: prepend_scheme %q is not supported", p.at, f.Scheme)
	}
	if f.Add != nil && !*f.Add {
		f.Scheme = "never"
	}
	split := f.Split == nil || *f.Split
	letter, _ := utf8.DecodeRuneInString(f.Letter)
	return func(pieces []piece) ([]piece, error) {
		for i, p := range pieces {
			if p.id >= 0 {
				continue
			}
			text := strings.ReplaceAll(p.text, " ", f.Letter)
			if !strings.HasPrefix(text, f.Letter) && (f.Scheme == "always" || f.Scheme == "first" && p.first) {
				text = f.Letter + text
			}
			pieces[i].text = text
		}
		if !split {
			return pieces, nil
		}
		return cutPieces(pieces, func(text string) []span {
			return behavior("MergedWithNext").apply(runeSpans(text, func(r rune) bool { return r == letter }))
		}), nil
	}, nil
}
