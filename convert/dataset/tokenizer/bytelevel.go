package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// letterOf has the letter that stands for each byte: itself where it can be seen.
var letterOf = func() (letters [256]rune) {
	other := rune(256)
	for b := range letters {
		if '!' <= b && b <= '~' || 0xa1 <= b && b <= 0xac || 0xae <= b {
			letters[b] = rune(b)
		} else {
			letters[b] = other
			other++
		}
	}
	return letters
}()

// byteLetters writes each byte of a text as a letter, as GPT-2 does.
func byteLetters(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteRune(letterOf[text[i]])
	}
	return b.String()
}

func parseByteLevel(p part) (preTokenizer, error) {
	f := struct {
		Type  string `json:"type"`
		Space bool   `json:"add_prefix_space"`
		Trim  bool   `json:"trim_offsets"` // about offsets, which nobody asks for
		Split bool   `json:"use_regex"`
	}{Space: true, Split: true}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	return func(pieces []piece) ([]piece, error) {
		if f.Space {
			for i, p := range pieces {
				if p.id < 0 && !strings.HasPrefix(p.text, " ") {
					pieces[i].text = " " + p.text
				}
			}
		}
		if f.Split {
			pieces = cutPieces(pieces, gptSpans)
		}
		for i, p := range pieces {
			if p.id < 0 {
				pieces[i].text = byteLetters(p.text)
			}
		}
		return pieces, nil
	}, nil
}

// gptSpans cuts a text as GPT-2 does, into what this expression matches one after the other:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func gptSpans(text string) []span {
	var spans []span
	for at := 0; at < len(text); {
		n := gptMatch(text[at:])
		spans = append(spans, span{at, at + n, true})
		at += n
	}
	return spans
}

func gptMatch(s string) int {
	for _, short := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if strings.HasPrefix(s, short) {
			return len(short)
		}
	}
	space := 0
	if s[0] == ' ' {
		space = 1
	}
	first, _ := utf8.DecodeRuneInString(s[space:])
	for _, class := range []func(rune) bool{
		unicode.IsLetter, unicode.IsNumber,
		func(r rune) bool { return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r) },
	} {
		if len(s) > space && class(first) {
			return len(s) - len(strings.TrimLeftFunc(s[space:], class))
		}
	}
	white := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
	if white == len(s) {
		return white
	}
	// The last space goes with what follows, unless it is the only one.
	_, last := utf8.DecodeLastRuneInString(s[:white])
	if white > last {
		return white - last
	}
	return white
}
