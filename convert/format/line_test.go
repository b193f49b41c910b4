package format

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextQuotesWhatDoesNotPrint(t *testing.T) {
	for s, want := range map[string]string{
		"conv1":                        "conv1",
		"größe 層":                      "größe 層",
		"conv\x1b]0;owned\x07":         `conv\x1b]0;owned\a`,
		"a\nb\tc\rd\x00":               `a\nb\tc\rd\x00`,
		"a\u009b31mb":                  `a\u009b31mb`, // the one-character form of ESC [
		"abc\u202egnp.exe":             `abc\u202egnp.exe`,
		"a\u2066b\u200bc\u2028d\ufeff": `a\u2066b\u200bc\u2028d\ufeff`,
		"bad\xff\xc3utf8":              `bad\xff\xc3utf8`,
		"\ufffd":                       "\ufffd", // valid as it is
	} {
		if have := Text(s); have != want {
			t.Errorf("%q: want %s, have %s", s, want, have)
		}
	}
}

func TestLineIsOneOfAtMost400Bytes(t *testing.T) {
	if have := Line("a\nb\r\nc\n"); have != "a; b; c" {
		t.Errorf("have %q", have)
	}
	for _, filling := range []string{"x", "層", "\x1b", "\xff"} {
		long := "model.onnx: node \"n\": " + strings.Repeat(filling, 1000) + ": want 3, have 4"
		have := Line(long)
		if len(have) > 400 || len(have) < 390 || !utf8.ValidString(have) || !strings.HasPrefix(have, `model.onnx: node "n": `) || !strings.HasSuffix(have, ": want 3, have 4") {
			t.Errorf("%q: %d bytes: %s", filling, len(have), have)
		}
	}
	if s := strings.Repeat("y", 400); Line(s) != s {
		t.Error("400 bytes were cut")
	}
}

func TestPrinterKeepsLines(t *testing.T) {
	var b strings.Builder
	if _, err := Printer(&b).Write([]byte("a\x1b[31m\nb\n")); err != nil || b.String() != "a\\x1b[31m\nb\n" {
		t.Errorf("have %q, %v", b.String(), err)
	}
}
