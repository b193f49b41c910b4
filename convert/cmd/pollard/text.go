package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert/dataset"
)

// textFlags returns the flags that say how text becomes tokens.
func textFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "tokenizer", Category: inData, Usage: "Make tokens of text as `FILE` says, a tokenizer.json."},
		&cli.IntFlag{Name: "length", Category: inData, DefaultText: "that of the input, of the tokenizer's file, or of the longest sentence", Usage: "Cut or pad sentences to `N` tokens."},
	}
}

// mostTokens catches typing errors.
const mostTokens = 1 << 20

// textOptions reads the flags of textFlags.
func textOptions(c *cli.Context) (o dataset.TextOptions, err error) {
	o = dataset.TextOptions{Tokenizer: c.String("tokenizer"), Length: c.Int("length")}
	switch {
	case c.IsSet("tokenizer") && o.Tokenizer == "":
		return o, fmt.Errorf("tokenizer: want a file, have none")
	case c.IsSet("length") && (o.Length < 1 || o.Length > mostTokens):
		return o, fmt.Errorf("length: want a number of tokens from 1 to %d, have %d", mostTokens, o.Length)
	case c.IsSet("length") && o.Tokenizer == "":
		return o, fmt.Errorf("length: want --tokenizer, which it is for")
	}
	return o, nil
}

// checkTextFlags refuses flags about text where none of the sources is text.
func checkTextFlags(c *cli.Context, sources []string) error {
	if slices.ContainsFunc(sources, func(name string) bool { return dataset.IsText(c.String(name)) }) {
		return nil
	}
	for _, f := range textFlags() {
		if name := f.Names()[0]; c.IsSet(name) {
			return fmt.Errorf("%s: want text that it is for, a .txt, .jsonl, .csv or .tsv file", name)
		}
	}
	return nil
}

// sayText says what was taken from text, and how it becomes tokens.
func sayText(say func(line string, classes []string), w io.Writer, n int, t *dataset.TakenText) {
	line := counted(n, "sentence")
	if t.Blank > 0 {
		line += ", " + counted(t.Blank, "blank line") + " left out"
	}
	say(line, nil)
	cut := ""
	if t.Cut > 0 {
		cut = fmt.Sprintf("; %s cut", counted(t.Cut, "sentence"))
	}
	printf(w, "tokens: %s of %s, %d in each sentence (%s)%s, padding %d\n", t.Model, t.Tokenizer, t.Length, t.From, cut, t.Padding)
}
