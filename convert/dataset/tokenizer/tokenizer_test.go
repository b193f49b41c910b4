package tokenizer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset/tokenizer"
)

// expected is what testdata/make.py has from the library tokenizers.
type expected struct {
	Texts []string
	Files map[string]struct {
		One   [][]int
		Pairs [][2][]int // tokens and their types
		Cut   [][]int
	}
}

func load(t testing.TB, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestNumbersAreThoseOfTheLibrary(t *testing.T) {
	var want expected
	load(t, "expected.json", &want)
	if len(want.Files) != 9 || len(want.Texts) < 30 {
		t.Fatalf("%d files, %d texts", len(want.Files), len(want.Texts))
	}
	for file, w := range want.Files {
		tok, err := tokenizer.Read(filepath.Join("testdata", file))
		if err != nil {
			t.Error(err)
			continue
		}
		for i, text := range want.Texts {
			e, err := tok.Encode(text, nil, 0)
			if err != nil || !slices.Equal(e.IDs, w.One[i]) {
				t.Errorf("%s: %q: want %v, have %v, %v", file, text, w.One[i], e.IDs, err)
			}
			if i == 0 {
				continue
			}
			before := want.Texts[i-1]
			e, err = tok.Encode(before, &text, 0)
			if p := w.Pairs[i-1]; err != nil || !slices.Equal(e.IDs, p[0]) || !slices.Equal(e.Types, p[1]) {
				t.Errorf("%s: %q and %q: want %v, have %v, %v", file, before, text, p, e, err)
			}
			whole := len(e.IDs)
			e, err = tok.Encode(before, &text, 12)
			if c := w.Cut[i-1]; err != nil || !slices.Equal(e.IDs, c) || e.Cut != whole-len(c) {
				t.Errorf("%s: %q and %q, cut: want %v, have %v, %v", file, before, text, c, e, err)
			}
		}
	}
}

func TestNormalizersAreThoseOfTheLibrary(t *testing.T) {
	var texts expected
	load(t, "expected.json", &texts)
	var rows []struct {
		Name       string
		Normalizer json.RawMessage
		Want       []string
	}
	load(t, "normalizers.json", &rows)
	for _, r := range rows {
		n, err := tokenizer.Normalizer(r.Normalizer)
		if err != nil {
			t.Error(err)
			continue
		}
		for i, text := range texts.Texts {
			if have, err := n(text); err != nil || have != r.Want[i] {
				t.Errorf("%s: %q: want %q, have %q, %v", r.Name, text, r.Want[i], have, err)
			}
		}
	}
}

func TestTruncationAndPaddingOfTheFile(t *testing.T) {
	for file, want := range map[string]struct {
		model string
		cut   *tokenizer.Truncation
		pad   *tokenizer.Padding
	}{
		"word_piece.json": {"WordPiece", &tokenizer.Truncation{Length: 16, Strategy: "LongestFirst"}, &tokenizer.Padding{Length: 16}},
		"llama_bpe.json":  {"BPE", &tokenizer.Truncation{Length: 16, Strategy: "LongestFirst", Left: true}, &tokenizer.Padding{Left: true, ID: 2}},
		"unigram.json":    {"Unigram", nil, &tokenizer.Padding{Multiple: 4}},
		"word_level.json": {"WordLevel", nil, nil},
	} {
		tok, err := tokenizer.Read(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		if tok.Model != want.model || (tok.Truncation == nil) != (want.cut == nil) || want.cut != nil && *tok.Truncation != *want.cut ||
			(tok.Padding == nil) != (want.pad == nil) || want.pad != nil && *tok.Padding != *want.pad {
			t.Errorf("%s: want %+v %+v, have %s %+v %+v", file, want.cut, want.pad, tok.Model, tok.Truncation, tok.Padding)
		}
	}
}

func TestSeveralAtOnce(t *testing.T) {
	var want expected
	load(t, "expected.json", &want)
	for file, w := range want.Files {
		tok, err := tokenizer.Read(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for i, text := range want.Texts {
					if e, err := tok.Encode(text, nil, 0); err != nil || !slices.Equal(e.IDs, w.One[i]) {
						t.Errorf("%s: %q: want %v, have %v, %v", file, text, w.One[i], e.IDs, err)
					}
				}
			})
		}
		wait.Wait()
	}
}
