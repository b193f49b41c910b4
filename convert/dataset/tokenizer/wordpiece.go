package tokenizer

import (
	"fmt"
	"unicode/utf8"
)

// wordPiece takes the longest pieces that it knows, from the left.
// https://arxiv.org/abs/1609.08144
type wordPiece struct {
	vocab   vocabulary
	inside  vocabulary // pieces that do not begin a word, without their prefix
	unknown int
	longest int // characters of a word
	widest  int // bytes of a piece
}

func parseWordPiece(p part) (model, error) {
	f := struct {
		Type    string         `json:"type"`
		Unknown string         `json:"unk_token"`
		Prefix  string         `json:"continuing_subword_prefix"`
		Longest int            `json:"max_input_chars_per_word"`
		Vocab   map[string]int `json:"vocab"`
	}{Prefix: "##", Longest: 100, Unknown: "[UNK]"}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	w := &wordPiece{vocab: f.Vocab, inside: vocabulary{}, longest: f.Longest}
	if err := w.vocab.check(p.at); err != nil {
		return nil, err
	}
	var has bool
	if w.unknown, has = w.vocab[f.Unknown]; !has {
		return nil, fmt.Errorf("%s: unk_token %q is not in the vocabulary", p.at, f.Unknown)
	}
	for piece, id := range w.vocab {
		w.widest = max(w.widest, len(piece))
		if n := len(f.Prefix); len(piece) > n && piece[:n] == f.Prefix {
			w.inside[piece[n:]] = id
		}
	}
	return w, nil
}

func (w *wordPiece) encode(ids []int, text string) ([]int, error) {
	if utf8.RuneCountInString(text) > w.longest {
		return append(ids, w.unknown), nil
	}
	before := len(ids)
	from := w.vocab
	for len(text) > 0 {
		end := min(len(text), w.widest)
		for end < len(text) && end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		id, has := 0, false
		for end > 0 {
			if id, has = from[text[:end]]; has {
				break
			}
			_, n := utf8.DecodeLastRuneInString(text[:end])
			end -= n
		}
		if !has {
			return append(ids[:before], w.unknown), nil
		}
		ids = append(ids, id)
		text, from = text[end:], w.inside
	}
	return ids, nil
}
