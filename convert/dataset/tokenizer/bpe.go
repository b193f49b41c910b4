package tokenizer

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// bpe joins neighbours, those that were joined earliest in training first.
// https://arxiv.org/abs/1508.07909
type bpe struct {
	vocab          vocabulary
	merges         map[[2]int32]merge
	prefix, suffix string
	unknown        int // -1 for none
	fuse           bool
	bytes          []int // the tokens of bytes; nil without byte fallback
	whole          bool  // words of the vocabulary are not merged from their letters
}

// merge is what two neighbours become, and how early.
type merge struct{ rank, to int32 }

func parseBPE(p part) (model, error) {
	var f struct {
		Type     string            `json:"type"`
		Dropout  *float64          `json:"dropout"`
		Unknown  *string           `json:"unk_token"`
		Prefix   *string           `json:"continuing_subword_prefix"`
		Suffix   *string           `json:"end_of_word_suffix"`
		Fuse     bool              `json:"fuse_unk"`
		Fallback bool              `json:"byte_fallback"`
		Whole    bool              `json:"ignore_merges"`
		Vocab    map[string]int    `json:"vocab"`
		Merges   []json.RawMessage `json:"merges"`
	}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	if f.Dropout != nil && *f.Dropout != 0 {
		return nil, fmt.Errorf("%s: dropout is not supported", p.at)
	}
	b := &bpe{vocab: f.Vocab, merges: make(map[[2]int32]merge, len(f.Merges)), unknown: -1, fuse: f.Fuse, whole: f.Whole}
	if f.Prefix != nil {
		b.prefix = *f.Prefix
	}
	if f.Suffix != nil {
		b.suffix = *f.Suffix
	}
	if err := b.vocab.check(p.at); err != nil {
		return nil, err
	}
	if f.Unknown != nil {
		var has bool
		if b.unknown, has = b.vocab[*f.Unknown]; !has {
			return nil, fmt.Errorf("%s: unk_token %q is not in the vocabulary", p.at, short(*f.Unknown))
		}
	}
	if f.Fallback {
		b.bytes = byteTokens(b.vocab)
	}
	for i, raw := range f.Merges {
		if err := b.merge(i, raw); err != nil {
			return nil, fmt.Errorf("%s: merges[%d]: %w", p.at, i, err)
		}
	}
	return b, nil
}

// merge adds a merge, written "a b" or ["a", "b"].
func (b *bpe) merge(rank int, raw json.RawMessage) error {
	var pair [2]string
	var list []string
	var text string
	switch {
	case json.Unmarshal(raw, &list) == nil && len(list) == 2:
		pair = [2]string{list[0], list[1]}
	case json.Unmarshal(raw, &text) == nil && strings.Count(text, " ") == 1:
		pair[0], pair[1], _ = strings.Cut(text, " ")
	default:
		return fmt.Errorf("want two tokens, have %s", short(string(raw)))
	}
	joined := pair[0] + strings.TrimPrefix(pair[1], b.prefix)
	var ids [3]int32
	for i, token := range []string{pair[0], pair[1], joined} {
		id, has := b.vocab[token]
		if !has {
			return fmt.Errorf("%q is not in the vocabulary", short(token))
		}
		ids[i] = int32(id)
	}
	b.merges[[2]int32{ids[0], ids[1]}] = merge{int32(rank), ids[2]}
	return nil
}

// byteTokens returns the tokens of all bytes, -1 for those that are not there.
func byteTokens(v vocabulary) []int {
	tokens := make([]int, 256)
	for i := range tokens {
		id, has := v[fmt.Sprintf("<0x%02X>", i)]
		if tokens[i] = id; !has {
			tokens[i] = -1
		}
	}
	return tokens
}

// fallBack appends the tokens of the bytes of s, if there are tokens for all.
func fallBack(ids []int, tokens []int, s string) ([]int, bool) {
	if tokens == nil {
		return ids, false
	}
	before := len(ids)
	for i := range len(s) {
		id := tokens[s[i]]
		if id < 0 {
			return ids[:before], false
		}
		ids = append(ids, id)
	}
	return ids, true
}

func (b *bpe) encode(ids []int, text string) ([]int, error) {
	if b.whole {
		if id, has := b.vocab[text]; has {
			return append(ids, id), nil
		}
	}
	return append(ids, b.join(b.letters(text))...), nil
}

// letters returns the token of each character. Unknown ones without a token for that are left out.
func (b *bpe) letters(text string) []int {
	var ids []int
	unknown := false // the last token stands for an unknown character
	for at, r := range text {
		n := utf8.RuneLen(r)
		letter := text[at : at+n]
		if at > 0 {
			letter = b.prefix + letter
		}
		if at+n == len(text) {
			letter += b.suffix
		}
		if id, has := b.vocab[letter]; has {
			ids, unknown = append(ids, id), false
			continue
		}
		var has bool
		if ids, has = fallBack(ids, b.bytes, letter); has {
			unknown = false
			continue
		}
		if b.unknown >= 0 && !(b.fuse && unknown) {
			ids, unknown = append(ids, b.unknown), true
		}
	}
	return ids
}

// symbol is a token in a list from which those that were joined to others are taken out.
type symbol struct {
	id           int32
	before, next int32
}

// candidate is a merge that may be done, of the symbol at a place and the next one.
type candidate struct {
	merge
	at          int32
	left, right int32 // what they were
}

type candidates []candidate

func (c candidates) Len() int      { return len(c) }
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c candidates) Less(i, j int) bool {
	return c[i].rank < c[j].rank || c[i].rank == c[j].rank && c[i].at < c[j].at
}
func (c *candidates) Push(x any) { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// join does all merges, each of which makes the list shorter by one.
func (b *bpe) join(ids []int) []int {
	if len(ids) < 2 {
		return ids
	}
	list := make([]symbol, len(ids))
	for i, id := range ids {
		list[i] = symbol{int32(id), int32(i) - 1, int32(i) + 1}
	}
	const gone = -1
	var queue candidates
	consider := func(at int32) {
		if at < 0 || int(list[at].next) >= len(list) {
			return
		}
		left, right := list[at].id, list[list[at].next].id
		if m, has := b.merges[[2]int32{left, right}]; has {
			heap.Push(&queue, candidate{m, at, left, right})
		}
	}
	for i := range list {
		consider(int32(i))
	}
	for len(queue) > 0 {
		c := heap.Pop(&queue).(candidate)
		s := &list[c.at]
		if s.id != c.left || int(s.next) >= len(list) || list[s.next].id != c.right {
			continue
		}
		other := s.next
		s.id, s.next = c.to, list[other].next
		list[other].id = gone
		if int(s.next) < len(list) {
			list[s.next].before = c.at
		}
		consider(s.before)
		consider(c.at)
	}
	out := ids[:0]
	for _, s := range list {
		if s.id != gone {
			out = append(out, int(s.id))
		}
	}
	return out
}
