package tokenizer

import (
	"encoding/json"
	"fmt"
	"math"
)

// slot is a place of a template: a text, or special tokens.
type slot struct {
	text string // A, B, or empty for special tokens
	ids  []int
	kind int
}

// template says what stands around one text, and around two.
type template struct{ single, pair []slot }

// noTemplate adds nothing.
var noTemplate = template{[]slot{{text: "A"}}, []slot{{text: "A"}, {text: "B", kind: 1}}}

func parseTemplate(p part) (template, error) {
	if absent(p.raw) {
		return noTemplate, nil
	}
	kind, err := p.kind()
	if err != nil {
		return template{}, err
	}
	switch kind {
	case "TemplateProcessing":
		return parseSlots(p)
	case "BertProcessing", "RobertaProcessing":
		return parseEnds(p, kind == "BertProcessing")
	case "ByteLevel": // about offsets, which nobody asks for
		return noTemplate, nil
	case "Sequence":
		parts, err := p.list("processors")
		if err != nil {
			return template{}, err
		}
		out, used := noTemplate, false
		for _, q := range parts {
			t, err := parseTemplate(q)
			if err != nil {
				return template{}, err
			}
			if k, _ := q.kind(); k == "ByteLevel" || absent(q.raw) {
				continue
			}
			if used {
				return template{}, fmt.Errorf("%s: a second template is not supported", q.at)
			}
			out, used = t, true
		}
		return out, nil
	}
	return template{}, p.refuse(kind)
}

// parseEnds reads a token at the beginning and one at the end of each text: [CLS] A [SEP] B [SEP] of BERT,
// <s> A </s></s> B </s> of RoBERTa.
func parseEnds(p part, bert bool) (template, error) {
	var f struct {
		Type  string            `json:"type"`
		Sep   []json.RawMessage `json:"sep"`
		Cls   []json.RawMessage `json:"cls"`
		Trim  bool              `json:"trim_offsets"`
		Space bool              `json:"add_prefix_space"`
	}
	if err := p.into(&f); err != nil {
		return template{}, err
	}
	var sep, cls int
	for i, v := range [][]json.RawMessage{f.Sep, f.Cls} {
		name, to := [2]string{"sep", "cls"}[i], [2]*int{&sep, &cls}[i]
		if len(v) != 2 || json.Unmarshal(v[1], to) != nil || *to < 0 || *to > math.MaxInt32 {
			return template{}, fmt.Errorf("%s: %s: want a token and its number", p.at, name)
		}
	}
	begin, end := slot{ids: []int{cls}}, slot{ids: []int{sep}}
	single := []slot{begin, {text: "A"}, end}
	if bert {
		return template{single, []slot{begin, {text: "A"}, end, {text: "B", kind: 1}, {ids: []int{sep}, kind: 1}}}, nil
	}
	return template{single, []slot{begin, {text: "A"}, end, end, {text: "B"}, end}}, nil
}

func parseSlots(p part) (template, error) {
	type place struct {
		ID   string `json:"id"`
		Type int    `json:"type_id"`
	}
	type item struct {
		SpecialToken *place
		Sequence     *place
	}
	var f struct {
		Type    string `json:"type"`
		Single  []item `json:"single"`
		Pair    []item `json:"pair"`
		Special map[string]struct {
			ID     string   `json:"id"`
			IDs    []int    `json:"ids"`
			Tokens []string `json:"tokens"`
		} `json:"special_tokens"`
	}
	if err := p.into(&f); err != nil {
		return template{}, err
	}
	read := func(name string, items []item, texts ...string) ([]slot, error) {
		var slots []slot
		seen := map[string]int{}
		for i, it := range items {
			switch {
			case it.SpecialToken != nil && it.Sequence == nil:
				t, has := f.Special[it.SpecialToken.ID]
				if !has {
					return nil, fmt.Errorf("%s: %s[%d]: %q is not among the special tokens", p.at, name, i, short(it.SpecialToken.ID))
				}
				for _, id := range t.IDs {
					if id < 0 || id > math.MaxInt32 {
						return nil, fmt.Errorf("%s: special_tokens: want token numbers, have %d", p.at, id)
					}
				}
				slots = append(slots, slot{ids: t.IDs, kind: it.SpecialToken.Type})
			case it.Sequence != nil && it.SpecialToken == nil:
				slots = append(slots, slot{text: it.Sequence.ID, kind: it.Sequence.Type})
				seen[it.Sequence.ID]++
			default:
				return nil, fmt.Errorf("%s: %s[%d]: want a SpecialToken or a Sequence", p.at, name, i)
			}
			if k := slots[len(slots)-1].kind; k < 0 || k > math.MaxInt32 {
				return nil, fmt.Errorf("%s: %s[%d]: want a type number, have %d", p.at, name, i, k)
			}
		}
		for _, t := range texts {
			if seen[t] != 1 {
				return nil, fmt.Errorf("%s: %s: want the text %s once, have it %d times", p.at, name, t, seen[t])
			}
			delete(seen, t)
		}
		if len(seen) > 0 {
			return nil, fmt.Errorf("%s: %s: want the texts %v alone", p.at, name, texts)
		}
		return slots, nil
	}
	var t template
	var err error
	if t.single, err = read("single", f.Single, "A"); err != nil {
		return t, err
	}
	if len(f.Pair) > 0 {
		t.pair, err = read("pair", f.Pair, "A", "B")
	}
	return t, err
}

func (t template) slots(pair bool) []slot {
	if pair {
		return t.pair
	}
	return t.single
}

// special counts the special tokens.
func (t template) special(pair bool) int {
	n := 0
	for _, s := range t.slots(pair) {
		n += len(s.ids)
	}
	return n
}

// fill puts texts in their places.
func (t template) fill(a, b []int, pair bool) Encoding {
	var e Encoding
	for _, s := range t.slots(pair) {
		ids := s.ids
		switch s.text {
		case "A":
			ids = a
		case "B":
			ids = b
		}
		e.IDs = append(e.IDs, ids...)
		for range ids {
			e.Types = append(e.Types, s.kind)
		}
	}
	return e
}
