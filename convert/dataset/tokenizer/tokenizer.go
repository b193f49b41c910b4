// Package tokenizer reads the tokenizer.json of Hugging Face's library tokenizers and turns text into
// token numbers as that library does, to the last number; the two differ in some characters that Unicode
// has since 2015, because the library has tables of several versions and Go of others.
//
// WordPiece, BPE, Unigram and WordLevel models are served, each with the normalizers, pre-tokenizers and
// post-processors of the files that are in use. Whatever is not is an error of Read that names it and its
// place in the file: nothing is guessed. Decoders are ignored.
//
// The form of the file is that of https://github.com/huggingface/tokenizers, version 1.0.
package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"unicode/utf8"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph/memory"
)

// Tokenizer turns text into token numbers. It may be used by several goroutines at once.
type Tokenizer struct {
	// Model is the type of the model: WordPiece, BPE, Unigram or WordLevel.
	Model string
	// Truncation and Padding are those of the file; nil if it has none.
	Truncation *Truncation
	Padding    *Padding

	added     *added
	normalize normalizer   // nil for none
	split     preTokenizer // nil for none
	model     model
	template  template
}

// Encoding is one text, or a pair of texts, as numbers.
type Encoding struct {
	IDs []int
	// Types tells the first text, 0, from the second, 1; the file may say otherwise.
	Types []int
	// Cut is the number of tokens that truncation took away.
	Cut int
}

// model turns one pre-token into numbers.
type model interface {
	encode(ids []int, text string) ([]int, error)
}

// bytesPerByte is about what a file takes in memory for each of its bytes: names in maps, twice.
const bytesPerByte = 24

// Read reads the file at path. Errors begin with the path.
func Read(path string) (*Tokenizer, error) {
	t, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func read(path string) (*Tokenizer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, staging.Pathless(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("want a tokenizer.json, have no regular file")
	}
	if err := memory.Hold("a tokenizer", memory.Product(bytesPerByte, info.Size())); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, staging.Pathless(err)
	}
	return Parse(data)
}

// Parse is Read for the contents of a file.
func Parse(data []byte) (*Tokenizer, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("want a tokenizer.json, have bytes that are not UTF-8")
	}
	var f struct {
		Version       string          `json:"version"`
		Truncation    json.RawMessage `json:"truncation"`
		Padding       json.RawMessage `json:"padding"`
		AddedTokens   []addedToken    `json:"added_tokens"`
		Normalizer    json.RawMessage `json:"normalizer"`
		PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
		PostProcessor json.RawMessage `json:"post_processor"`
		Model         json.RawMessage `json:"model"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("want a tokenizer.json: %w", plain(err))
	}
	if absent(f.Model) {
		return nil, errors.New(`want a tokenizer.json, have no "model" in it`)
	}
	if f.Version != "1.0" && f.Version != "" {
		return nil, fmt.Errorf("version: want 1.0, have %q", f.Version)
	}
	t := &Tokenizer{}
	var err error
	if t.Truncation, err = parseTruncation(f.Truncation); err != nil {
		return nil, err
	}
	if t.Padding, err = parsePadding(f.Padding); err != nil {
		return nil, err
	}
	if t.normalize, err = parseNormalizer(part{"normalizer", f.Normalizer, 0}); err != nil {
		return nil, err
	}
	if t.split, err = parsePreTokenizer(part{"pre_tokenizer", f.PreTokenizer, 0}); err != nil {
		return nil, err
	}
	if t.template, err = parseTemplate(part{"post_processor", f.PostProcessor, 0}); err != nil {
		return nil, err
	}
	if t.Model, t.model, err = parseModel(part{"model", f.Model, 0}); err != nil {
		return nil, err
	}
	t.added, err = newAdded(f.AddedTokens, t.normalize)
	return t, err
}

// longestText bounds texts, as they are and normalized: in bytes.
const longestText = 4 << 20

// Encode returns the numbers of a text, or of a pair if pair is not nil, with the special tokens of the
// file, cut to length tokens. A length of 0 cuts nothing. There is no padding.
func (t *Tokenizer) Encode(text string, pair *string, length int) (Encoding, error) {
	if pair != nil && t.template.pair == nil {
		return Encoding{}, errors.New("want texts that are no pairs, for which the tokenizer has no template, have one")
	}
	a, err := t.ids(text)
	if err != nil {
		return Encoding{}, err
	}
	var b []int
	if pair != nil {
		if b, err = t.ids(*pair); err != nil {
			return Encoding{}, err
		}
	}
	before := len(a) + len(b)
	if length > 0 {
		room := length - t.Special(pair != nil)
		if room < 0 {
			return Encoding{}, fmt.Errorf("want a length of %d tokens at least, for those that are added to each text, have %d", length-room, length)
		}
		if a, b, err = t.Truncation.cut(a, b, room, pair != nil); err != nil {
			return Encoding{}, err
		}
	}
	e := t.template.fill(a, b, pair != nil)
	e.Cut = before - len(a) - len(b)
	return e, nil
}

// Special returns the number of tokens that are added to a text, or to a pair.
func (t *Tokenizer) Special(pair bool) int { return t.template.special(pair) }

// ids returns the numbers of a text without special tokens.
func (t *Tokenizer) ids(text string) ([]int, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("want text in UTF-8, have other bytes")
	}
	if len(text) > longestText {
		return nil, fmt.Errorf("want texts of at most %d bytes, have one of %d", longestText, len(text))
	}
	pieces, err := t.added.pieces(text, t.normalize)
	if err != nil {
		return nil, err
	}
	if t.split != nil {
		if pieces, err = t.split(pieces); err != nil {
			return nil, err
		}
	}
	var ids []int
	for _, p := range pieces {
		if p.id >= 0 {
			ids = append(ids, p.id)
		} else if ids, err = t.model.encode(ids, p.text); err != nil {
			return nil, err
		}
	}
	return ids, nil
}
