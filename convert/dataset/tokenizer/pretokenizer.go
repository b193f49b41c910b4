package tokenizer

import (
	"unicode"
)

// preTokenizer cuts texts into what the model sees one by one.
type preTokenizer func(pieces []piece) ([]piece, error)

func parsePreTokenizer(p part) (preTokenizer, error) {
	if absent(p.raw) {
		return nil, nil
	}
	kind, err := p.kind()
	if err != nil {
		return nil, err
	}
	none := struct {
		Type string `json:"type"`
	}{}
	switch kind {
	case "BertPreTokenizer":
		return bertSplit, p.into(&none)
	case "WhitespaceSplit":
		return whiteSplit, p.into(&none)
	case "Whitespace":
		return wordSplit, p.into(&none)
	case "ByteLevel":
		return parseByteLevel(p)
	case "Metaspace":
		return parseMetaspace(p)
	case "Split":
		return parseSplit(p)
	case "Digits":
		return parseDigits(p)
	case "Punctuation":
		return parsePunctuation(p)
	case "Sequence":
		return parsePreTokenizers(p)
	}
	return nil, p.refuse(kind)
}

func parsePreTokenizers(p part) (preTokenizer, error) {
	parts, err := p.list("pretokenizers")
	if err != nil {
		return nil, err
	}
	var all []preTokenizer
	for _, q := range parts {
		f, err := parsePreTokenizer(q)
		if err != nil {
			return nil, err
		}
		if f != nil {
			all = append(all, f)
		}
	}
	return func(pieces []piece) ([]piece, error) {
		var err error
		for _, f := range all {
			if pieces, err = f(pieces); err != nil {
				return nil, err
			}
		}
		return pieces, nil
	}, nil
}

// whiteSplit cuts at white space, which it drops.
func whiteSplit(pieces []piece) ([]piece, error) {
	return cutPieces(pieces, func(text string) []span { return behavior("Removed").apply(runeSpans(text, unicode.IsSpace)) }), nil
}

// wordSplit cuts into words and what is neither a word nor white space: \w+|[^\w\s]+.
func wordSplit(pieces []piece) ([]piece, error) {
	class := func(r rune) int {
		switch {
		case isWord(r):
			return 1
		case unicode.IsSpace(r):
			return 0
		}
		return 2
	}
	return cutPieces(pieces, func(text string) []span {
		var spans []span
		last := 0
		for i, r := range text {
			switch c := class(r); {
			case c == 0:
				last = 0
			case c == last:
				spans[len(spans)-1].to = i + len(string(r))
			default:
				spans, last = append(spans, span{i, i + len(string(r)), false}), c
			}
		}
		return spans
	}), nil
}

func parseDigits(p part) (preTokenizer, error) {
	f := struct {
		Type string `json:"type"`
		Each bool   `json:"individual_digits"`
	}{}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	b := behavior("Contiguous")
	if f.Each {
		b = "Isolated"
	}
	return func(pieces []piece) ([]piece, error) {
		return cutPieces(pieces, func(text string) []span { return b.apply(runeSpans(text, unicode.IsNumber)) }), nil
	}, nil
}

func parsePunctuation(p part) (preTokenizer, error) {
	f := struct {
		Type     string   `json:"type"`
		Behavior behavior `json:"behavior"`
	}{Behavior: "Isolated"}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	return func(pieces []piece) ([]piece, error) {
		return cutPieces(pieces, func(text string) []span { return f.Behavior.apply(runeSpans(text, isPunctuation)) }), nil
	}, f.Behavior.check(p.at)
}
