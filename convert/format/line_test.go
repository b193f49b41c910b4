package format

import (
	"encoding/json"
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

// Package proto changes a space of its errors from build to build.
func TestLineDoesNotDependOnTheBuild(t *testing.T) {
	for _, space := range []string{" ", "\u00a0"} {
		if have, want := Line("x.onnx: proto:"+space+"cannot parse"), "x.onnx: proto: cannot parse"; have != want {
			t.Errorf("want %q, have %q", want, have)
		}
	}
}

func TestJSONMeansTheSame(t *testing.T) {
	name := "a\x1b[31m\u009b\u202eb\U000e0041 \u00a0größe\x7f"
	text, err := json.MarshalIndent(map[string]string{name: name}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := JSON(&b).Write(text); err != nil {
		t.Fatal(err)
	}
	var have map[string]string
	if err := json.Unmarshal([]byte(b.String()), &have); err != nil || have[name] != name {
		t.Errorf("have %q, %v", b.String(), err)
	}
	if s := strings.ReplaceAll(b.String(), "\n", ""); Text(s) != s || !strings.Contains(s, "größe") {
		t.Errorf("have %q", b.String())
	}
}
