package tokenizer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// parseBertNormalizer returns what BERT does first: control characters go, Chinese characters stand
// alone, accents and capitals go.
func parseBertNormalizer(p part) (normalizer, error) {
	f := struct {
		Type    string `json:"type"`
		Clean   bool   `json:"clean_text"`
		Chinese bool   `json:"handle_chinese_chars"`
		Accents *bool  `json:"strip_accents"`
		Lower   bool   `json:"lowercase"`
	}{Clean: true, Chinese: true, Lower: true}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	accents := f.Lower
	if f.Accents != nil {
		accents = *f.Accents
	}
	return plainNormalizer(func(text string) string {
		if f.Clean {
			text = clean(text)
		}
		if f.Chinese {
			text = apart(text)
		}
		if accents {
			text = without(norm.NFD.String(text), unicode.Mn)
		}
		if f.Lower {
			text = lower(text)
		}
		return text
	}), nil
}

// clean leaves out control characters, and makes all that is white a space.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r == 0 || r == 0xfffd || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
}

// apart puts spaces around Chinese characters.
func apart(text string) string {
	if strings.IndexFunc(text, isChinese) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isChinese(r) {
			b.WriteRune(' ')
			b.WriteRune(r)
			b.WriteRune(' ')
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isChinese reports the blocks of CJK ideographs, as BERT lists them.
func isChinese(r rune) bool {
	for _, block := range [][2]rune{{0x4e00, 0x9fff}, {0x3400, 0x4dbf}, {0x20000, 0x2a6df}, {0x2a700, 0x2b73f}, {0x2b740, 0x2b81f},
		{0x2b920, 0x2ceaf}, {0xf900, 0xfaff}, {0x2f800, 0x2fa1f}} {
		if block[0] <= r && r <= block[1] {
			return true
		}
	}
	return false
}

// bertSplit cuts at white space, and before and after punctuation.
func bertSplit(pieces []piece) ([]piece, error) {
	pieces, _ = whiteSplit(pieces)
	return cutPieces(pieces, func(text string) []span { return runeSpans(text, isPunctuation) }), nil
}

// isPunctuation counts all symbols of ASCII as punctuation.
func isPunctuation(r rune) bool {
	if r < 128 {
		return '!' <= r && r <= '/' || ':' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
	}
	return unicode.Is(unicode.P, r)
}
