package tokenizer_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset/tokenizer"
)

const level = `{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}`

func TestWhatIsNotServedIsNamed(t *testing.T) {
	deep := strings.Repeat(`{"type":"Sequence","normalizers":[`, 40) + strings.Repeat(`]}`, 40)
	for file, want := range map[string]string{
		``:                 "want a tokenizer.json: unexpected end",
		`[]`:               "want another kind of value, have: array",
		"{\"a\":\"\xff\"}": "bytes that are not UTF-8",
		`{}`:               `have no "model"`,
		`{"version":"2.0","model":` + level + `}`:                                                                                   `version: want 1.0, have "2.0"`,
		`{"model":{"type":"Neural","vocab":{}}}`:                                                                                    `model: type "Neural" is not supported`,
		`{"model":{"type":"WordLevel","vocab":{"a":-1}}}`:                                                                           `want token numbers, have -1 for "a"`,
		`{"model":{"type":"WordLevel","vocab":{"a":1e99}}}`:                                                                         `model: vocab: want another kind of value, have: number 1e99`,
		`{"model":{"type":"WordPiece","vocab":{"a":0}}}`:                                                                            `unk_token "[UNK]" is not in the vocabulary`,
		`{"model":{"type":"WordPiece","vocab":{"[UNK]":0},"new":1}}`:                                                                `model: unknown field "new"`,
		`{"model":{"type":"BPE","vocab":{"a":0},"merges":["a a"]}}`:                                                                 `merges[0]: "aa" is not in the vocabulary`,
		`{"model":{"type":"BPE","vocab":{"a":0},"merges":["a"]}}`:                                                                   `merges[0]: want two tokens, have "a"`,
		`{"model":{"type":"BPE","vocab":{"a":0},"merges":[["a","b","c"]]}}`:                                                         `merges[0]: want two tokens`,
		`{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}}`:                                                        `model: dropout is not supported`,
		`{"model":{"type":"Unigram","vocab":[["a",0,1]]}}`:                                                                          `vocab[0]: want a token and a number`,
		`{"model":{"type":"Unigram","unk_id":3,"vocab":[["a",0]]}}`:                                                                 `unk_id 3 is not in the vocabulary`,
		`{"model":` + level + `,"normalizer":{"type":"Nmt"}}`:                                                                       `normalizer: type "Nmt" is not supported`,
		`{"model":` + level + `,"normalizer":{"type":"Sequence","normalizers":[{"type":"X"}]}}`:                                     `normalizer.normalizers[0]: type "X" is not supported`,
		`{"model":` + level + `,"normalizer":{"type":"Precompiled","precompiled_charsmap":"/////w=="}}`:                             `precompiled_charsmap: want a trie and texts`,
		`{"model":` + level + `,"normalizer":` + deep + `}`:                                                                         `sequences are nested more than 8 times`,
		`{"model":` + level + `,"normalizer":{"type":"Replace","pattern":{"Regex":"(?<=a)b"},"content":""}}`:                        `"(?<=a)b" is not supported`,
		`{"model":` + level + `,"normalizer":{"type":"Replace","pattern":{"Regex":"\\w"},"content":""}}`:                            `\w in it has another meaning`,
		`{"model":` + level + `,"normalizer":{"type":"Replace","pattern":{"String":""},"content":"a"}}`:                             `pattern: want a String or a Regex`,
		`{"model":` + level + `,"pre_tokenizer":{"type":"UnicodeScripts"}}`:                                                         `pre_tokenizer: type "UnicodeScripts" is not supported`,
		`{"model":` + level + `,"pre_tokenizer":{"type":"Punctuation","behavior":"Odd"}}`:                                           `behavior "Odd" is not supported`,
		`{"model":` + level + `,"pre_tokenizer":{"type":"Metaspace","replacement":"ab"}}`:                                           `replacement: want one character`,
		`{"model":` + level + `,"post_processor":{"type":"Other"}}`:                                                                 `post_processor: type "Other" is not supported`,
		`{"model":` + level + `,"post_processor":{"type":"BertProcessing","sep":["a",-1],"cls":["a",0]}}`:                           `post_processor: sep: want a token and its number`,
		`{"model":` + level + `,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"X","type_id":0}}]}}`: `"X" is not among the special tokens`,
		`{"model":` + level + `,"post_processor":{"type":"TemplateProcessing","single":[]}}`:                                        `single: want the text A once, have it 0 times`,
		`{"model":` + level + `,"added_tokens":[{"id":-5,"content":"x"}]}`:                                                          `added_tokens[0]: want a token number, have -5`,
		`{"model":` + level + `,"truncation":{"max_length":-1,"strategy":"LongestFirst"}}`:                                          `max_length: want a number of tokens`,
		`{"model":` + level + `,"truncation":{"max_length":1,"strategy":"Other"}}`:                                                  `truncation: strategy "Other" is not supported`,
		`{"model":` + level + `,"padding":{"strategy":{"Fixed":9999999999}}}`:                                                       `padding`,
		`{"model":` + level + `,"padding":{"strategy":"BatchLongest","direction":"Up"}}`:                                            `direction "Up" is not supported`,
	} {
		_, err := tokenizer.Parse([]byte(file))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.200s: want an error with %q, have %v", file, want, err)
		}
	}
}

// Texts that rules would make ever longer are refused before they take memory, and words of any length take no
// time to speak of.
func TestHostileTokenizersEnd(t *testing.T) {
	double := `{"type":"Replace","pattern":{"String":"a"},"content":"` + strings.Repeat("a", 1000) + `"}`
	file := `{"model":` + level + `,"normalizer":{"type":"Sequence","normalizers":[` + strings.Repeat(double+",", 30) + double + `]}}`
	tok, err := tokenizer.Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	_, err = tok.Encode("aaaa", nil, 0)
	runtime.ReadMemStats(&end)
	if took := end.TotalAlloc - start.TotalAlloc; err == nil || !strings.Contains(err.Error(), "want texts of at most") || took > 1<<30 {
		t.Error(err, took)
	}
	tok, err = tokenizer.Parse([]byte(`{"model":{"type":"BPE","vocab":{"a":0,"aa":1,"aaa":2,"aaaa":3},"merges":["aa a","a aa","a a","aa aa"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	e, err := tok.Encode(strings.Repeat("a", 1<<20), nil, 0)
	if err != nil || len(e.IDs) == 0 || time.Since(before) > time.Minute {
		t.Error(len(e.IDs), err, time.Since(before))
	}
	if _, err := tok.Encode("\xff", nil, 0); err == nil {
		t.Error("want an error for bytes that are no UTF-8")
	}
	if _, err := tok.Encode(strings.Repeat("a", 5<<20), nil, 0); err == nil {
		t.Error("want an error for a text that is too long")
	}
	if _, err := tokenizer.Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Error(err)
	}
}

func FuzzTokenizer(f *testing.F) {
	for _, file := range []string{
		`{"model":` + level + `,"normalizer":{"type":"Sequence","normalizers":[{"type":"Strip","strip_left":true,"strip_right":true},{"type":"NFKD"},{"type":"StripAccents"}]}}`,
		`{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":1,"##b":2}},"normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"BertProcessing","sep":["s",3],"cls":["c",4]},"truncation":{"max_length":4,"strategy":"OnlyFirst","direction":"Left"}}`,
		`{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"Ġ":3},"merges":["a b"],"ignore_merges":true},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true},"added_tokens":[{"id":7,"content":"is","single_word":true,"lstrip":true,"rstrip":true,"normalized":true}]}`,
		`{"model":{"type":"BPE","vocab":{"u":0,"a":1,"<0x00>":2,"b</w>":3},"merges":[],"unk_token":"u","fuse_unk":true,"byte_fallback":true,"end_of_word_suffix":"</w>"},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\p{L}+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false}}`,
		`{"model":{"type":"Unigram","unk_id":0,"vocab":[["u",0],["▁",-2],["a",-1.5],["▁a",-1]],"byte_fallback":true},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":false},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}]}}`,
		`{"model":` + level + `,"normalizer":{"type":"Precompiled","precompiled_charsmap":"BAAAAAAAAABhAA=="},"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"x","type_id":0}}],"pair":[],"special_tokens":{"x":{"id":"x","ids":[1,2],"tokens":["x","y"]}}},"padding":{"strategy":{"Fixed":4},"pad_id":0,"pad_type_id":0,"pad_token":"x","direction":"Left"}}`,
	} {
		if _, err := tokenizer.Parse([]byte(file)); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(file), "A man, isn't he?  ab \u00a0é 12", 5)
	}
	f.Fuzz(func(t *testing.T, file []byte, text string, length int) {
		tok, err := tokenizer.Parse(file)
		if err != nil {
			return
		}
		if e, err := tok.Encode(text, &text, length); err == nil && (len(e.IDs) != len(e.Types) || length > 0 && len(e.IDs) > length) {
			t.Errorf("%d tokens with %d types, cut to %d", len(e.IDs), len(e.Types), length)
		}
		tok.Encode(text, nil, length)
	})
}
