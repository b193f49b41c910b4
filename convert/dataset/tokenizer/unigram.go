package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// unigram takes the likeliest tokens that make up a text.
// https://arxiv.org/abs/1804.10959
type unigram struct {
	ids     vocabulary
	scores  []float64
	pieces  *trie
	unknown int // -1 for none
	score   float64
	bytes   []int
}

// unknownPenalty is how much less likely an unknown character is than the least likely token.
const unknownPenalty = 10

func parseUnigram(p part) (model, error) {
	var f struct {
		Type     string              `json:"type"`
		Unknown  *int                `json:"unk_id"`
		Vocab    [][]json.RawMessage `json:"vocab"`
		Fallback bool                `json:"byte_fallback"`
	}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	if len(f.Vocab) == 0 {
		return nil, fmt.Errorf("%s: want a vocabulary, have none", p.at)
	}
	u := &unigram{ids: make(vocabulary, len(f.Vocab)), pieces: newTrie(), unknown: -1, score: math.Inf(1)}
	if f.Unknown != nil {
		if u.unknown = *f.Unknown; u.unknown < 0 || u.unknown >= len(f.Vocab) {
			return nil, fmt.Errorf("%s: unk_id %d is not in the vocabulary", p.at, u.unknown)
		}
	}
	for i, entry := range f.Vocab {
		var token string
		var score float64
		if len(entry) != 2 || json.Unmarshal(entry[0], &token) != nil || json.Unmarshal(entry[1], &score) != nil {
			return nil, fmt.Errorf("%s: vocab[%d]: want a token and a number", p.at, i)
		}
		u.ids[token] = i
		u.scores = append(u.scores, score)
		u.score = min(u.score, score)
		if token != "" {
			u.pieces.put(token, i)
		}
	}
	u.score -= unknownPenalty
	if f.Fallback {
		u.bytes = byteTokens(u.ids)
	}
	return u, nil
}

// end is the best way to a place in a text.
type end struct {
	from  int // -1 if there is no way yet
	id    int
	score float64
}

func (u *unigram) encode(ids []int, text string) ([]int, error) {
	ends := make([]end, len(text)+1)
	for i := range ends {
		ends[i].from = -1
	}
	reach := func(from, to, id int, score float64) {
		if e := &ends[to]; e.from < 0 || score > e.score {
			*e = end{from, id, score}
		}
	}
	for at, r := range text {
		n, whole := utf8.RuneLen(r), false
		here := ends[at].score
		u.pieces.prefixes(text[at:], func(length, id int) {
			reach(at, at+length, id, u.scores[id]+here)
			whole = whole || length == n
		})
		if !whole {
			if u.unknown < 0 {
				return nil, errors.New("want text of the vocabulary, which has no unknown token, have a character that is not in it")
			}
			reach(at, at+n, u.unknown, u.score+here)
		}
	}
	var cuts [][2]int // from the end
	unknown := false  // the last cut is unknown, and grows
	for to := len(text); to > 0; {
		e := ends[to]
		if e.id == u.unknown && unknown {
			cuts[len(cuts)-1][0] = e.from
		} else {
			cuts = append(cuts, [2]int{e.from, to})
		}
		to, unknown = e.from, e.id == u.unknown
	}
	for _, c := range slices.Backward(cuts) {
		token := text[c[0]:c[1]]
		id, has := u.ids[token]
		if !has {
			if ids, has = fallBack(ids, u.bytes, token); has {
				continue
			}
			if id = u.unknown; id < 0 {
				return nil, errors.New("want text of the vocabulary, which has no unknown token")
			}
		}
		ids = append(ids, id)
	}
	return ids, nil
}
