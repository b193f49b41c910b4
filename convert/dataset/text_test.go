package dataset_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

const tokenizers = "tokenizer/testdata/"

// tokens returns an input of token numbers for each name.
func tokens(d graph.DType, length graph.Dim, names ...string) (inputs []*graph.Value) {
	for _, n := range names {
		inputs = append(inputs, &graph.Value{Name: n, Type: graph.Type{DType: d, Shape: graph.Shape{graph.Symbol("N"), length}}})
	}
	return inputs
}

func textFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func textOptions(tokenizer string, length int) dataset.Options {
	return dataset.Options{Text: dataset.TextOptions{Tokenizer: tokenizers + tokenizer, Length: length}}
}

// rowsOf returns the numbers of an input, sample by sample.
func rowsOf(t *testing.T, feeds map[string]*graph.Tensor, name string) (rows []string) {
	t.Helper()
	v, ok := graph.Ints(feeds[name])
	if !ok {
		t.Fatal(name, feeds[name])
	}
	for row := range slices.Chunk(v, feeds[name].Shape()[1]) {
		rows = append(rows, fmt.Sprint(row))
	}
	return rows
}

// The same sentences in every form are the same numbers.
func TestTextInEveryForm(t *testing.T) {
	for name, content := range map[string]string{
		"a.txt":    "\ufeffA man, plays \"it\".\n\n \nA dog\r\n",
		"b.jsonl":  "{\"text\": \"A man, plays \\\"it\\\".\", \"label\": 1}\n\n{\"text\": \"A dog\", \"label\": 0}",
		"c.ndjson": "{\"sentence\": \"A man, plays \\\"it\\\".\", \"label\": \"1\"}\n{\"sentence\": \"A dog\", \"label\": 0}\n",
		"d.csv":    "\ufefflabel,Text\n1,\"A man, plays \"\"it\"\".\"\n0,A dog\n",
		"e.tsv":    "sentence\tlabel\r\nA man, plays \"it\".\t1\r\nA dog\t0\r\n",
		"f.CSV":    "text,label\n\"A man, \nplays \"\"it\"\".\",1\n\n\nA dog,0",
	} {
		d, err := dataset.OpenData(textFile(t, name, content), "", textOptions("word_piece.json", 12), tokens(graph.Int64, graph.Symbol("S"), "input_ids", "attention_mask", "token_type_ids", "position_ids"))
		if err != nil {
			t.Error(err)
			continue
		}
		feeds, err := dataset.ReadRange(d.Samples, 0, d.Samples.Count())
		if err != nil {
			t.Fatal(err)
		}
		ids := rowsOf(t, feeds, "input_ids")
		if len(ids) != 2 || !strings.HasPrefix(ids[1], "[2 ") || !strings.HasSuffix(ids[1], " 3 0 0 0 0 0 0 0]") {
			t.Errorf("%s: %v", name, ids)
		}
		if mask := rowsOf(t, feeds, "attention_mask"); mask[0] != "[1 1 1 1 1 1 1 1 1 1 1 1]" || mask[1] != "[1 1 1 1 1 0 0 0 0 0 0 0]" {
			t.Errorf("%s: %v", name, mask)
		}
		if p := rowsOf(t, feeds, "position_ids"); p[0] != "[0 1 2 3 4 5 6 7 8 9 10 11]" {
			t.Errorf("%s: %v", name, p)
		}
		if name != "a.txt" && fmt.Sprint(d.Labels) != "[1 0]" || name == "a.txt" && d.Labels != nil {
			t.Errorf("%s: labels %v", name, d.Labels)
		}
		if has := dataset.TextHasClasses(d.Samples.(*dataset.Texts).Path()); has != (d.Labels != nil) {
			t.Errorf("%s: classes: %v", name, has)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Numbers, types, masks and padding are those that the library gives for a pair.
func TestTextPairs(t *testing.T) {
	path := textFile(t, "a.jsonl", `{"text": "A man", "text_pair": "A dog"}`)
	d, err := dataset.OpenData(path, "", textOptions("word_piece.json", 10), tokens(graph.Int32, graph.Symbol("S"), "input_ids:0", "input_mask", "segment_ids"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	feeds, err := d.Samples.Read([]int{0})
	if err != nil {
		t.Fatal(err)
	}
	if kinds, mask := rowsOf(t, feeds, "segment_ids")[0], rowsOf(t, feeds, "input_mask")[0]; kinds != "[0 0 0 0 1 1 1 1 0 0]" || mask != "[1 1 1 1 1 1 1 1 0 0]" || feeds["segment_ids"].DType() != graph.Int32 {
		t.Error(kinds, mask)
	}
}

// Where nobody says a length, it is that of the input, of the file or of the longest.
func TestTextLength(t *testing.T) {
	path := textFile(t, "a.txt", "A man\nA man plays a guitar and a dog, and a dog and a man\nA dog plays\n")
	two := graph.Size(14)
	for _, c := range []struct {
		tokenizer string
		given     int
		input     graph.Dim
		dims      map[string]int
		length    int
		from      string
	}{
		{"word_piece.json", 9, graph.Symbol("S"), nil, 9, "as given"},
		{"word_piece.json", 0, two, nil, 14, "that of the input"},
		{"word_piece.json", 0, graph.Symbol("S"), map[string]int{"S": 11}, 11, "that of the input"},
		{"word_piece.json", 0, graph.Symbol("S"), nil, 16, "that of the tokenizer's file"},
		{"unigram.json", 0, graph.Symbol("S"), nil, 0, "that of the longest"},
		{"llama_bpe.json", 0, graph.Symbol("S"), nil, 16, "that of the tokenizer's file"},
	} {
		o := textOptions(c.tokenizer, c.given)
		o.Pictures.Dims = c.dims
		d, err := dataset.OpenSamples(path, o, tokens(graph.Int64, c.input, "ids", "attention_mask"))
		if err != nil {
			t.Error(err)
			continue
		}
		feeds, err := d.Samples.Read([]int{1, 0})
		if err != nil {
			t.Fatal(err)
		}
		taken := dataset.TakenFrom(d.Samples).Text
		if n := feeds["ids"].Shape()[1]; taken.Length != n || taken.From != c.from || c.length > 0 && n != c.length || c.length == 0 && n%4 != 0 {
			t.Errorf("%+v: %v, %+v", c, feeds["ids"].Shape(), taken)
		}
		mask := rowsOf(t, feeds, "attention_mask")
		if left := c.tokenizer == "llama_bpe.json"; strings.HasPrefix(mask[1], "[0") != left || strings.HasSuffix(mask[1], "0]") == left {
			t.Errorf("%+v: %v", c, mask)
		}
		d.Close()
	}
}

// Reading together, one by one, in any order and in several goroutines gives the same.
func TestTextIsReadByManyAtOnce(t *testing.T) {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "A man plays %d guitars\n", i)
	}
	path := textFile(t, "a.txt", b.String())
	o := textOptions("byte_bpe.json", 0)
	d, err := dataset.OpenSamples(path, o, tokens(graph.Int64, graph.Symbol("S"), "tokens"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	all, err := dataset.ReadRange(d.Samples, 0, 300)
	if err != nil {
		t.Fatal(err)
	}
	want := rowsOf(t, all, "tokens")
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			for i := g; i < 300; i += 7 {
				one, err := d.Samples.Read([]int{299 - i, i})
				if err != nil {
					t.Error(err)
					return
				}
				if r := rowsOf(t, one, "tokens"); r[0] != want[299-i] || r[1] != want[i] {
					t.Errorf("sample %d: want %v, have %v", i, want[i], r)
				}
			}
		})
	}
	wait.Wait()
	if err := os.WriteFile(path, []byte("other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Samples.Read([]int{5}); err == nil || !strings.Contains(err.Error(), "has changed") {
		t.Error(err)
	}
}

// The halves of pairs are equally long, whichever has the longest sentence.
func TestTextHalves(t *testing.T) {
	in := tokens(graph.Int64, graph.Symbol("S"), "ids")
	a, err := dataset.OpenSamples(textFile(t, "a.txt", "A man\nA dog\n"), textOptions("byte_bpe.json", 0), in)
	if err != nil {
		t.Fatal(err)
	}
	b, err := dataset.OpenSamples(textFile(t, "b.txt", "A man plays a guitar\nA cat\n"), textOptions("byte_bpe.json", 0), in)
	if err != nil {
		t.Fatal(err)
	}
	both, err := dataset.Paired(a.Samples, b.Samples)
	if err != nil {
		t.Fatal(err)
	}
	all, err := dataset.ReadRange(both, 0, 4)
	if err != nil {
		t.Fatal(err)
	}
	one, err := both.Read([]int{1})
	if err != nil || !bytes.Equal(one["ids"].Raw(), all["ids"].Raw()[len(one["ids"].Raw()):2*len(one["ids"].Raw())]) {
		t.Error(err)
	}
}

func TestBadTextIsRefused(t *testing.T) {
	good := tokens(graph.Int64, graph.Symbol("S"), "input_ids", "attention_mask")
	for _, c := range []struct {
		file, content string
		o             dataset.Options
		in            []*graph.Value
		want          string
	}{
		{"a.txt", "x\n", dataset.Options{}, good, "a.txt: is text: want --tokenizer"},
		{"a.txt", "x\n", textOptions("absent.json", 0), good, "absent.json: no such file"},
		{"a.txt", "x\n", textOptions("make.py", 0), good, "make.py: want a tokenizer.json"},
		{"a.txt", "", textOptions("word_piece.json", 0), good, "a.txt: want sentences, have none"},
		{"a.txt", "\n \n", textOptions("word_piece.json", 0), good, "want sentences, have none"},
		{"a.txt", "x\n\xff\n", textOptions("word_piece.json", 0), good, "sample 1: want text in UTF-8"},
		{"a.jsonl", `{"text": ""}`, textOptions("word_level.json", 4), good, "sample 0: want text with tokens"},
		{"a.txt", strings.Repeat("x", 1<<20+1), textOptions("word_piece.json", 0), good, "line 1: want at most 1048576 bytes"},
		{"a.txt", "x", textOptions("word_piece.json", 2), good, "length: want at least 3 tokens"},
		{"a.txt", "x", textOptions("word_piece.json", 5), tokens(graph.Int64, graph.Size(7), "input_ids"), "length: want 7 tokens, which the model takes, have 5"},
		{"a.txt", "x", textOptions("word_piece.json", 0), tokens(graph.Int64, graph.Size(7), "input_ids", "pixels"), `input "pixels": is not known`},
		{"a.txt", "x", textOptions("word_piece.json", 0), tokens(graph.Int64, graph.Size(7), "input_ids", "ids"), `would get the same as "input_ids"`},
		{"a.txt", "x", textOptions("word_piece.json", 0), tokens(graph.Float32, graph.Size(7), "input_ids"), "want whole numbers for text"},
		{"a.txt", "x", textOptions("word_piece.json", 0), pixels(graph.Float32, 3, 4, 4), "want [samples, tokens] for text"},
		{"a.jsonl", "{\"text\": \"a\"}\n{\"txt\": 1}\n", textOptions("word_piece.json", 0), good, "sample 1: want a line of JSON"},
		{"a.jsonl", "{\"text\": \"a\", \"label\": \"good\"}", textOptions("word_piece.json", 0), good, `label of sample 0: want the number of a class, have "good"`},
		{"a.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\"}", textOptions("word_piece.json", 0), good, "want a label for each of 2 sentences, 1 have none"},
		{"a.csv", "a,b\n1,2\n", textOptions("word_piece.json", 0), good, `want a header with a column text or sentence, have "a", "b"`},
		{"a.csv", "text,b\n1\n", textOptions("word_piece.json", 0), good, "sample 0: want 2 columns as in the header, have 1"},
	} {
		d, err := dataset.OpenData(textFile(t, c.file, c.content), "", c.o, c.in)
		if err == nil {
			_, err = dataset.ReadRange(d.Samples, 0, d.Samples.Count())
			d.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %.40q: want an error with %q, have %v", c.file, c.content, c.want, err)
		}
	}
}
