package tokenizer

import "fmt"

// piece is a part of a text: text, or the number of an added token that stood there.
type piece struct {
	text  string
	first bool // it begins where the whole text begins
	id    int  // -1 for text
}

// span is a part of a piece, and whether a pattern matched it.
type span struct {
	from, to int
	match    bool
}

// behavior says what becomes of what a pattern matches.
type behavior string

func (b behavior) check(at string) error {
	switch b {
	case "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous":
		return nil
	}
	return fmt.Errorf("%s: behavior %q is not supported", at, string(b))
}

// apply joins or drops spans, which cover a text.
func (b behavior) apply(spans []span) []span {
	var out []span
	before := false
	switch b {
	case "Removed":
		for _, s := range spans {
			if !s.match {
				out = append(out, s)
			}
		}
		return out
	case "MergedWithPrevious", "Contiguous":
		for _, s := range spans {
			joins := s.match && !before
			if b == "Contiguous" {
				joins = s.match == before
			}
			if joins && len(out) > 0 {
				out[len(out)-1].to = s.to
			} else {
				out = append(out, s)
			}
			before = s.match
		}
		return out
	case "MergedWithNext":
		for i := range spans {
			s := spans[len(spans)-1-i]
			if s.match && !before && len(out) > 0 {
				out[len(out)-1].from = s.from
			} else {
				out = append(out, s)
			}
			before = s.match
		}
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
		return out
	}
	return spans
}

// covered returns spans that cover a text of n bytes, of which matches, in order, are given.
func covered(n int, matches [][2]int) []span {
	var spans []span
	end := 0
	for _, m := range matches {
		if m[0] > end {
			spans = append(spans, span{end, m[0], false})
		}
		spans = append(spans, span{m[0], m[1], true})
		end = m[1]
	}
	if end < n {
		spans = append(spans, span{end, n, false})
	}
	return spans
}

// cutPieces cuts the texts among pieces into what spans returns for each; empty ones are dropped.
func cutPieces(pieces []piece, spans func(text string) []span) []piece {
	out := make([]piece, 0, 2*len(pieces))
	for _, p := range pieces {
		if p.id >= 0 {
			out = append(out, p)
			continue
		}
		for _, s := range spans(p.text) {
			if s.to > s.from {
				out = append(out, piece{p.text[s.from:s.to], p.first && s.from == 0, -1})
			}
		}
	}
	return out
}

// runeSpans returns a span for each rune that match reports, and one for what lies between.
func runeSpans(text string, match func(r rune) bool) []span {
	var spans []span
	end := 0
	for i, r := range text {
		if !match(r) {
			continue
		}
		if i > end {
			spans = append(spans, span{end, i, false})
		}
		end = i + len(string(r))
		spans = append(spans, span{i, end, true})
	}
	if end < len(text) {
		spans = append(spans, span{end, len(text), false})
	}
	return spans
}
