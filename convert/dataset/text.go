package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/pollard-dev/pollard/convert/dataset/tokenizer"
	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// TextOptions says how text becomes token numbers.
type TextOptions struct {
	// Tokenizer is the path of a tokenizer.json.
	Tokenizer string
	// Length is the number of tokens of each sample; 0 means that of the input, of the tokenizer's file,
	// or of the longest sample.
	Length int
}

// Texts is a Source of the sentences in a file, which feed the inputs of token numbers, of what is no
// padding, of types and of positions, by their names. Only the places of the sentences are held; they are
// read and tokenized each time they are wanted.
type Texts struct {
	path   string
	file   *os.File
	info   os.FileInfo
	form   textForm
	starts []int64 // of the records, and the end of the last one
	blank  int
	tokens *tokenizer.Tokenizer
	inputs []*graph.Value
	opt    Options
	taken  TakenText
	most   int // tokens of a sentence that are kept, if fewer than the length; 0 for no bound
}

// TakenText says what was taken for the numbers of text.
type TakenText struct {
	// Tokenizer is the path of the file, and Model the type of the model in it.
	Tokenizer, Model string
	// Length is the number of tokens of each sample, and From says where that is from.
	Length int
	From   string
	// Padding is the token that fills what is left of it.
	Padding int
	// Blank counts the lines without text, which are no samples, and Cut the samples that are cut, or -1
	// if nobody has counted them.
	Blank, Cut int
}

// IsText reports whether the name of a file is that of text: .txt, .jsonl, .ndjson, .csv or .tsv.
func IsText(path string) bool {
	_, is := textForms[strings.ToLower(filepath.Ext(path))]
	return is
}

// OpenTexts finds the sentences of the file at path. It must be closed.
func OpenTexts(path string, opt Options, inputs []*graph.Value) (*Texts, error) {
	t := &Texts{path: path, opt: opt}
	if err := t.open(inputs); err != nil {
		t.Close()
		var of *ofTokenizer
		if errors.As(err, &of) {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// ofTokenizer is an error about the other file.
type ofTokenizer struct{ error }

func (t *Texts) open(inputs []*graph.Value) (err error) {
	if t.opt.Text.Tokenizer == "" {
		return errors.New("is text: want --tokenizer with the tokenizer.json of the model")
	}
	if t.inputs, err = textInputs(inputs, t.opt.Pictures.Dims); err != nil {
		return err
	}
	if t.tokens, err = tokenizer.Read(t.opt.Text.Tokenizer); err != nil {
		return &ofTokenizer{err}
	}
	if t.file, err = os.Open(t.path); err != nil {
		return staging.Pathless(err)
	}
	if t.info, err = t.file.Stat(); err != nil {
		return staging.Pathless(err)
	}
	if !t.info.Mode().IsRegular() {
		return errors.New("want a file of text, have no regular file")
	}
	if t.form, err = newTextForm(t.path, t.file); err != nil {
		return err
	}
	if err = t.find(); err != nil {
		return err
	}
	if t.Count() == 0 {
		return errors.New("want sentences, have none")
	}
	t.taken.Tokenizer, t.taken.Model, t.taken.Blank, t.taken.Cut = t.opt.Text.Tokenizer, t.tokens.Model, t.blank, -1
	if p := t.tokens.Padding; p != nil {
		t.taken.Padding = p.ID
	}
	return t.chooseLength()
}

// Path returns the path of the file.
func (t *Texts) Path() string { return t.path }

// Count returns the number of sentences.
func (t *Texts) Count() int { return max(0, len(t.starts)-1) }

// Close closes the file.
func (t *Texts) Close() error {
	if t.file == nil {
		return nil
	}
	return t.file.Close()
}

// Read tokenizes sentences as a Source does.
func (t *Texts) Read(samples []int) (map[string]*graph.Tensor, error) {
	feeds, err := t.read(samples)
	if changed := t.unchanged(); changed != nil {
		err = changed
	}
	if err != nil {
		return nil, &ReadError{fmt.Errorf("%s: %w", t.path, err)}
	}
	return feeds, nil
}

func (t *Texts) unchanged() error {
	now, err := t.file.Stat()
	if err != nil {
		return staging.Pathless(err)
	}
	if now.Size() != t.info.Size() || !now.ModTime().Equal(t.info.ModTime()) {
		return errors.New("the file has changed since it was opened")
	}
	return nil
}

func (t *Texts) read(samples []int) (map[string]*graph.Tensor, error) {
	for _, n := range samples {
		if n < 0 || n >= t.Count() {
			return nil, fmt.Errorf("sample %d: there are %d", n, t.Count())
		}
	}
	length := t.taken.Length
	most := length
	if t.most > 0 {
		most = min(most, t.most)
	}
	what := fmt.Sprintf("%d sentences of %d tokens", len(samples), length)
	if err := memory.Hold(what, memory.Product(int64(16*(1+len(t.inputs))), int64(length), int64(len(samples)))); err != nil {
		return nil, err
	}
	rows := make([][]int, len(t.inputs))
	for i := range rows {
		rows[i] = make([]int, length*len(samples))
	}
	err := t.each(len(samples), func(i int) error {
		e, err := t.encode(samples[i], most)
		if err != nil {
			return err
		}
		for k, v := range t.inputs {
			t.fill(rows[k][i*length:(i+1)*length], e, roleOf(v, t.inputs))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	feeds := map[string]*graph.Tensor{}
	for k, v := range t.inputs {
		if feeds[v.Name], err = tokenTensor(rows[k], v.Type.DType, len(samples), length); err != nil {
			return nil, fmt.Errorf("input %q: %w", v.Name, err)
		}
	}
	return feeds, nil
}

// encode returns the numbers of a sentence.
func (t *Texts) encode(sample, length int) (tokenizer.Encoding, error) {
	r, err := t.record(sample)
	if err == nil {
		var e tokenizer.Encoding
		if e, err = t.tokens.Encode(r.text, r.pair, length); err == nil && len(e.IDs) == 0 {
			err = errors.New("want text with tokens, have none")
		}
		if err == nil {
			return e, nil
		}
	}
	return tokenizer.Encoding{}, fmt.Errorf("sample %d: %w", sample, err)
}

// each calls f for the numbers below n, in several goroutines, and returns the error of the least.
func (t *Texts) each(n int, f func(i int) error) error {
	threads := t.opt.Pictures.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	const some = 16 // a sentence takes little time
	errs := make([]error, (n+some-1)/some)
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(threads, len(errs)) {
		wait.Go(func() {
			for part := range next {
				for i := part * some; i < min(n, (part+1)*some) && errs[part] == nil; i++ {
					errs[part] = f(i)
				}
			}
		})
	}
	for part := range errs {
		next <- part
	}
	close(next)
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// fill writes what an input of a role gets for one sample.
func (t *Texts) fill(row []int, e tokenizer.Encoding, role tokenRole) {
	from, kind := 0, 0
	if p := t.tokens.Padding; p != nil {
		kind = p.Type
		if p.Left {
			from = len(row) - len(e.IDs)
		}
	}
	to := from + len(e.IDs)
	for i := range row {
		inside := from <= i && i < to
		switch role {
		case tokenIDs:
			if row[i] = t.taken.Padding; inside {
				row[i] = e.IDs[i-from]
			}
		case tokenMask:
			if inside {
				row[i] = 1
			}
		case tokenTypes:
			if row[i] = kind; inside {
				row[i] = e.Types[i-from]
			}
		case tokenPositions:
			row[i] = max(0, i-from)
		}
	}
}

// tokenTensor returns numbers as an input wants them.
func tokenTensor(row []int, d graph.DType, samples, length int) (*graph.Tensor, error) {
	if d == graph.Bool {
		out := make([]bool, len(row))
		for i, x := range row {
			out[i] = x != 0
		}
		return graph.TensorOf(out, samples, length), nil
	}
	out := make([]int64, len(row))
	for i, x := range row {
		out[i] = int64(x)
	}
	return convert(graph.TensorOf(out, samples, length), d, nil)
}
