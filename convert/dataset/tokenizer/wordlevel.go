package tokenizer

import "fmt"

// wordLevel knows whole words.
type wordLevel struct {
	vocab   vocabulary
	unknown string
}

func parseWordLevel(p part) (model, error) {
	f := struct {
		Type    string         `json:"type"`
		Vocab   map[string]int `json:"vocab"`
		Unknown string         `json:"unk_token"`
	}{}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	w := &wordLevel{f.Vocab, f.Unknown}
	return w, w.vocab.check(p.at)
}

func (w *wordLevel) encode(ids []int, text string) ([]int, error) {
	id, has := w.vocab[text]
	if !has {
		if id, has = w.vocab[w.unknown]; !has {
			return nil, fmt.Errorf("want words of the vocabulary, which has no unknown one, have %q", short(text))
		}
	}
	return append(ids, id), nil
}
