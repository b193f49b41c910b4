package tokenizer

import (
	"encoding/json"
	"fmt"
	"math"
)

// vocabulary holds the number of each token.
type vocabulary map[string]int

func (v vocabulary) check(at string) error {
	if len(v) == 0 {
		return fmt.Errorf("%s: want a vocabulary, have none", at)
	}
	for token, id := range v {
		if id < 0 || id > math.MaxInt32 {
			return fmt.Errorf("%s: vocab: want token numbers, have %d for %q", at, id, short(token))
		}
	}
	return nil
}

// short returns a token for an error.
func short(token string) string {
	const most = 40
	if len(token) > most {
		return token[:most] + "..."
	}
	return token
}

// parseModel returns a model and its type, which old files leave out.
func parseModel(p part) (string, model, error) {
	kind, err := p.kind()
	if err != nil {
		return "", nil, err
	}
	if kind == "" {
		var has map[string]json.RawMessage
		if err := json.Unmarshal(p.raw, &has); err != nil {
			return "", nil, p.wrong(err)
		}
		switch {
		case has["merges"] != nil:
			kind = "BPE"
		case has["unk_id"] != nil:
			kind = "Unigram"
		case has["max_input_chars_per_word"] != nil:
			kind = "WordPiece"
		case has["vocab"] != nil:
			kind = "WordLevel"
		}
	}
	var m model
	switch kind {
	case "WordPiece":
		m, err = parseWordPiece(p)
	case "BPE":
		m, err = parseBPE(p)
	case "Unigram":
		m, err = parseUnigram(p)
	case "WordLevel":
		m, err = parseWordLevel(p)
	default:
		err = p.refuse(kind)
	}
	return kind, m, err
}
