package tokenizer

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is found in the text before anything else is.
type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

// added finds added tokens: raw ones in the text as it is, then normalized ones in what the normalizer
// makes of the rest.
type added struct {
	tokens          []addedToken
	raw, normalized *trie
}

func newAdded(tokens []addedToken, n normalizer) (*added, error) {
	a := &added{tokens: tokens, raw: newTrie(), normalized: newTrie()}
	for i, t := range tokens {
		if t.ID < 0 || t.ID > math.MaxInt32 {
			return nil, fmt.Errorf("added_tokens[%d]: want a token number, have %d", i, t.ID)
		}
		if t.Content == "" {
			continue
		}
		if !t.Normalized {
			a.raw.put(t.Content, i)
			continue
		}
		content := t.Content
		if n != nil {
			var err error
			if content, err = n(content); err != nil {
				return nil, fmt.Errorf("added_tokens[%d]: %w", i, err)
			}
		}
		if content != "" {
			a.normalized.put(content, i)
		}
	}
	return a, nil
}

// pieces cuts a text at added tokens and normalizes the rest.
func (a *added) pieces(text string, n normalizer) ([]piece, error) {
	var out []piece
	for _, p := range a.find(piece{text, true, -1}, a.raw) {
		if p.id >= 0 {
			out = append(out, p)
			continue
		}
		if n != nil {
			var err error
			if p.text, err = n(p.text); err != nil {
				return nil, err
			}
		}
		out = append(out, a.find(p, a.normalized)...)
	}
	return out, nil
}

// find cuts a piece at the tokens of a trie, the first and of those the longest first.
func (a *added) find(p piece, in *trie) []piece {
	var out []piece
	text, from := p.text, 0
	keep := func(to int) {
		if to > from {
			out = append(out, piece{text[from:to], p.first && from == 0, -1})
		}
	}
	for at := 0; at < len(text) && len(in.values) > 1; {
		length, i := in.longest(text[at:])
		if length == 0 {
			at++
			continue
		}
		t, start, stop := &a.tokens[i], at, at+length
		at = stop
		if t.SingleWord && (endsInWord(text[:start]) || beginsWithWord(text[stop:])) {
			continue
		}
		if t.LStrip {
			start = max(from, len(strings.TrimRightFunc(text[:start], unicode.IsSpace)))
		}
		if t.RStrip {
			stop = len(text) - len(strings.TrimLeftFunc(text[stop:], unicode.IsSpace))
		}
		if start < from {
			continue
		}
		keep(start)
		out = append(out, piece{id: t.ID})
		from = stop
	}
	keep(len(text))
	return out
}

func endsInWord(s string) bool {
	r, n := utf8.DecodeLastRuneInString(s)
	return n > 0 && isWord(r)
}

func beginsWithWord(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n > 0 && isWord(r)
}

// isWord is \w of a regular expression with Unicode.
func isWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control)
}
