package dataset

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph/memory"
)

// textRecord is one sample of a file of text.
type textRecord struct {
	text  string
	pair  *string
	label string // empty if there is none
}

// textForm is a form of files of text.
type textForm interface {
	// quoted reports whether a record may go over several lines, in quotes.
	quoted() bool
	// header is the number of bytes before the first record.
	header() int64
	labelled() bool
	parse(record []byte) (textRecord, error)
}

// textForms has a form for each ending.
var textForms = map[string]func(head []byte) (textForm, error){
	".txt":    func([]byte) (textForm, error) { return lineForm{}, nil },
	".jsonl":  func([]byte) (textForm, error) { return jsonForm{}, nil },
	".ndjson": func([]byte) (textForm, error) { return jsonForm{}, nil },
	".csv":    func(head []byte) (textForm, error) { return newTableForm(head, ',') },
	".tsv":    func(head []byte) (textForm, error) { return newTableForm(head, '\t') },
}

// longestRecord bounds records in bytes.
const longestRecord = 1 << 20

func newTextForm(path string, r io.ReaderAt) (textForm, error) {
	head := make([]byte, longestRecord)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, staging.Pathless(err)
	}
	form := textForms[strings.ToLower(filepath.Ext(path))]
	if form == nil {
		return nil, errors.New("want text in a .txt, .jsonl, .csv or .tsv file")
	}
	return form(head[:n])
}

// find finds the records: a scan of all lines.
func (t *Texts) find() error {
	at := t.form.header()
	r := bufio.NewReaderSize(io.NewSectionReader(t.file, at, t.info.Size()-at), 1<<16)
	start, blank, quotes, line := at, true, 0, 1
	for {
		part, err := r.ReadSlice('\n')
		at += int64(len(part))
		if blank {
			blank = len(bytes.TrimSpace(part)) == 0
		}
		if t.form.quoted() {
			quotes += bytes.Count(part, []byte{'"'})
		}
		if at-start > longestRecord {
			return fmt.Errorf("line %d: want at most %d bytes of one sentence, have more", line, longestRecord)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return staging.Pathless(err)
		}
		end := err != nil
		if !end {
			line++
		}
		if end || quotes%2 == 0 {
			if !blank {
				t.starts = append(t.starts, start)
			} else if at > start {
				// A blank line belongs to the record before it, which does not mind.
				t.blank++
			}
			start, blank, quotes = at, true, 0
		}
		if len(t.starts)%(1<<20) == 1<<20-1 {
			if err := memory.Hold("the places of sentences", memory.Product(16, int64(len(t.starts)))); err != nil {
				return err
			}
		}
		if end {
			break
		}
	}
	if len(t.starts) > 0 {
		t.starts = append(t.starts, at)
	}
	return nil
}

// record reads a sample.
func (t *Texts) record(sample int) (textRecord, error) {
	from, to := t.starts[sample], t.starts[sample+1]
	data := make([]byte, min(to-from, longestRecord+1))
	n, err := t.file.ReadAt(data, from)
	if err != nil && n < len(data) {
		return textRecord{}, staging.Pathless(err)
	}
	if from == 0 {
		data = bytes.TrimPrefix(data, []byte("\ufeff"))
	}
	if !utf8.Valid(data) {
		return textRecord{}, errors.New("want text in UTF-8, have other bytes")
	}
	return t.form.parse(data)
}

// lineForm has a sentence in each line.
type lineForm struct{}

func (lineForm) quoted() bool   { return false }
func (lineForm) header() int64  { return 0 }
func (lineForm) labelled() bool { return false }

func (lineForm) parse(record []byte) (textRecord, error) {
	line, _, _ := bytes.Cut(record, []byte{'\n'})
	return textRecord{text: strings.TrimSuffix(string(line), "\r")}, nil
}

// jsonForm has an object in each line: text, text_pair and label.
type jsonForm struct{}

func (jsonForm) quoted() bool   { return false }
func (jsonForm) header() int64  { return 0 }
func (jsonForm) labelled() bool { return true }

func (jsonForm) parse(record []byte) (textRecord, error) {
	line, _, _ := bytes.Cut(record, []byte{'\n'})
	var f map[string]json.RawMessage
	if err := json.Unmarshal(line, &f); err != nil {
		return textRecord{}, errors.New(`want a line of JSON as in {"text": "..."}`)
	}
	var r textRecord
	raw, has := f["text"]
	if !has {
		raw, has = f["sentence"]
	}
	var text *string
	if !has || json.Unmarshal(raw, &text) != nil || text == nil {
		return r, errors.New(`want a line of JSON as in {"text": "..."}, have no text in it`)
	}
	r.text = *text
	if raw, has := f["text_pair"]; has {
		if err := json.Unmarshal(raw, &r.pair); err != nil {
			return r, errors.New("want text_pair to be text")
		}
	}
	if raw, has := f["label"]; has && string(raw) != "null" {
		r.label = strings.Trim(string(raw), `"`)
	}
	return r, nil
}

// tableForm has columns, which a header names.
type tableForm struct {
	comma             rune
	size              int64 // of the header
	columns           int
	text, pair, label int // -1 for none
}

func newTableForm(head []byte, comma rune) (textForm, error) {
	f := tableForm{comma: comma}
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	f.size = int64(min(len(line)+1, len(head)))
	names, err := f.row(bytes.TrimPrefix(line, []byte("\ufeff")))
	if err != nil {
		return nil, err
	}
	column := func(of ...string) int {
		return slices.IndexFunc(names, func(name string) bool { return slices.Contains(of, strings.ToLower(strings.TrimSpace(name))) })
	}
	f.columns = len(names)
	f.text, f.pair, f.label = column("text", "sentence", "sentence1"), column("text_pair", "sentence2"), column("label")
	if f.text < 0 {
		return nil, fmt.Errorf("want a header with a column text or sentence, have %s", joinNames(names[:min(len(names), 100)]))
	}
	return f, nil
}

// row parses one row.
func (f tableForm) row(record []byte) ([]string, error) {
	if f.comma == '\t' { // which has no quotes
		line, _, _ := bytes.Cut(record, []byte{'\n'})
		return strings.Split(strings.TrimSuffix(string(line), "\r"), "\t"), nil
	}
	r := csv.NewReader(bytes.NewReader(record))
	r.Comma, r.FieldsPerRecord = f.comma, -1
	row, err := r.Read()
	var wrong *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil
	case errors.As(err, &wrong):
		return nil, fmt.Errorf("want a row of a table: %w", wrong.Err)
	}
	return row, err
}

func (f tableForm) quoted() bool   { return f.comma == ',' }
func (f tableForm) header() int64  { return f.size }
func (f tableForm) labelled() bool { return f.label >= 0 }

func (f tableForm) parse(record []byte) (textRecord, error) {
	row, err := f.row(record)
	if err != nil {
		return textRecord{}, err
	}
	if len(row) != f.columns {
		return textRecord{}, fmt.Errorf("want %d columns as in the header, have %d", f.columns, len(row))
	}
	r := textRecord{text: row[f.text]}
	if f.pair >= 0 {
		r.pair = &row[f.pair]
	}
	if f.label >= 0 {
		r.label = strings.TrimSpace(row[f.label])
	}
	return r, nil
}
