package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong with text or its tokenizer is one line that says which file, and exit status 2.
func TestBadTextIsOneLine(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const model, text, tok = "../../../fixtures/families/gpt.onnx", "../../../fixtures/text/sentences.txt", "../../../fixtures/text/tokenizer.json"
	const arrays = "../../../fixtures/data/tokens.npy"
	unserved := write("unserved.json", `{"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"},"normalizer":{"type":"Nmt"}}`)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--data", text}, "sentences.txt: is text: want --tokenizer"},
		{[]string{"--data", arrays, "--tokenizer", tok}, "tokenizer: want text that it is for"},
		{[]string{"--data", arrays, "--length", "4"}, "length: want text that it is for"},
		{[]string{"--data", text, "--length", "4"}, "length: want --tokenizer"},
		{[]string{"--data", text, "--tokenizer", tok, "--length", "0"}, "length: want a number of tokens"},
		{[]string{"--data", text, "--tokenizer", unserved}, `unserved.json: normalizer: type "Nmt" is not supported`},
		{[]string{"--data", text, "--tokenizer", text}, "sentences.txt: want a tokenizer.json"},
		{[]string{"--data", write("a.txt", "the cat\n\xff\n"), "--tokenizer", tok}, "a.txt: sample 1: want text in UTF-8"},
		{[]string{"--data", write("a.csv", "x,y\n1,2\n"), "--tokenizer", tok}, "a.csv: want a header with a column text or sentence"},
	} {
		status, out, errs := invoke(t, append([]string{"verify", model, model, "--quiet"}, c.args...)...)
		if status != 2 || out != "" || !strings.Contains(errs, c.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%v: want status 2 and %q, have %d, %q and %q", c.args, c.want, status, out, errs)
		}
	}
}
