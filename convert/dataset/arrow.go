package dataset

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// Table says what was taken from the columns of an Arrow file.
type Table struct {
	// Rows is the number of rows, Columns lists the columns that are read.
	Rows    int
	Columns []string
	// Padded is the number of lists that were continued with zeros to Length, the longest of their column.
	Padded int
	Length int
}

// arrowEndings are the endings of Arrow's files, whose columns are arrays: those of the IPC format, as files or as
// streams (https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc).
var arrowEndings = []string{".arrow", ".feather", ".ipc"}

// unpackArrow writes the columns named after inputs, and labels, as an .npz into a folder that it makes, so that any
// row can be read at once. Lists of a column that differ in length are continued with zeros.
func unpackArrow(path string, inputs []*graph.Value) (npz string, t *Table, err error) {
	dir, err := os.MkdirTemp("", "pollard-")
	if err != nil {
		return "", nil, fmt.Errorf("cannot be unpacked into a temporary folder: %w", staging.Pathless(err))
	}
	t = &Table{}
	spool := NewSpool(dir)
	defer func() {
		if broken := recover(); broken != nil { // the library takes what is written in a file for true
			err = fmt.Errorf("arrow: the file is damaged: %v", broken)
		}
		if closed := spool.Close(); err == nil {
			err = closed
		}
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	longest := map[string]int{} // of the lists of a column
	fed := func(name string) bool {
		return slices.ContainsFunc(inputs, func(v *graph.Value) bool { return v.Name == name })
	}
	err = eachColumn(path, fed, func(name string, a arrow.Array) error {
		for i := range a.Len() {
			if n := listLength(a, i); n > longest[name] {
				longest[name] = n
			}
		}
		if !slices.Contains(t.Columns, name) {
			t.Columns = append(t.Columns, name)
		}
		return nil
	})
	if err == nil {
		err = eachColumn(path, fed, func(name string, a arrow.Array) error {
			x, padded, err := columnTensor(a, longest[name])
			if err != nil {
				return fmt.Errorf("column %q: %w", name, err)
			}
			if t.Padded += padded; padded > 0 {
				t.Length = max(t.Length, longest[name])
			}
			if name == t.Columns[0] {
				t.Rows += a.Len()
			}
			if name == "label" {
				name = labelsName
			}
			return spool.Add(name, x)
		})
	}
	if err == nil {
		err = spool.Save("columns.npz")
	}
	return filepath.Join(dir, "columns.npz"), t, err
}

// eachColumn calls f for the columns that feed inputs and for labels, batch of rows by batch.
func eachColumn(path string, fed func(name string) bool, f func(name string, a arrow.Array) error) error {
	file, err := os.Open(path)
	if err != nil {
		return staging.Pathless(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return staging.Pathless(err)
	}
	if err := memory.Hold("the file", memory.Product(2, info.Size())); err != nil { // a batch may be all of it
		return err
	}
	next, schema, err := arrowBatches(file)
	if err != nil {
		return fmt.Errorf("arrow: %w", err)
	}
	var names []string
	for _, field := range schema.Fields() {
		names = append(names, field.Name)
	}
	if !slices.ContainsFunc(names, fed) {
		return fmt.Errorf("want columns named after the inputs, have %s", joinNames(names))
	}
	for {
		batch, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("arrow: %w", err)
		}
		for i, name := range names {
			if fed(name) || name == labelsName || name == "label" {
				if err := f(name, batch.Column(i)); err != nil {
					return err
				}
			}
		}
	}
}

// arrowBatches returns a function that returns the batches of rows of a file or a stream, and then io.EOF.
func arrowBatches(file *os.File) (next func() (arrow.RecordBatch, error), schema *arrow.Schema, err error) {
	var magic [6]byte
	if _, err := file.ReadAt(magic[:], 0); err != nil {
		return nil, nil, errors.New("want a file or a stream of Arrow's IPC format, have fewer than 6 bytes")
	}
	if string(magic[:]) != "ARROW1" {
		r, err := ipc.NewReader(file)
		if err != nil {
			return nil, nil, err
		}
		return r.Read, r.Schema(), nil
	}
	r, err := ipc.NewFileReader(file)
	if err != nil {
		return nil, nil, err
	}
	at := 0
	return func() (arrow.RecordBatch, error) {
		if at == r.NumRecords() {
			return nil, io.EOF
		}
		at++
		return r.RecordBatch(at - 1)
	}, r.Schema(), nil
}

// listLength returns the number of elements of row i, 0 if rows are no lists.
func listLength(a arrow.Array, i int) int {
	if l, is := a.(array.ListLike); is {
		from, to := l.ValueOffsets(i)
		return int(to - from)
	}
	return 0
}

// columnTensor returns a column as an array: [rows], or [rows,length] of lists, and how many of these are shorter.
func columnTensor(a arrow.Array, length int) (x *graph.Tensor, padded int, err error) {
	if a.NullN() > 0 {
		return nil, 0, fmt.Errorf("want a value in each row, have %d without", a.NullN())
	}
	lists, is := a.(array.ListLike)
	if !is {
		x, err := elements(a)
		return x, 0, err
	}
	if err := memory.Hold("the rows", memory.Product(8, int64(a.Len()), int64(length))); err != nil {
		return nil, 0, err
	}
	all, err := elements(lists.ListValues())
	if err != nil {
		return nil, 0, err
	}
	width := all.DType().Bits() / 8
	raw := make([]byte, a.Len()*length*width)
	for i := range a.Len() {
		from, to := lists.ValueOffsets(i)
		copy(raw[i*length*width:], all.Raw()[int(from)*width:int(to)*width])
		if int(to-from) < length {
			padded++
		}
	}
	x, err = graph.FromRaw(all.DType(), []int{a.Len(), length}, raw)
	return x, padded, err
}

// elements returns the numbers of a column.
func elements(a arrow.Array) (*graph.Tensor, error) {
	if a.NullN() > 0 {
		return nil, fmt.Errorf("want numbers, have %d elements without", a.NullN())
	}
	n := a.Len()
	switch a := a.(type) {
	case *array.Int64:
		return graph.TensorOf(slices.Clone(a.Int64Values()), n), nil
	case *array.Int32:
		return graph.TensorOf(slices.Clone(a.Int32Values()), n), nil
	case *array.Int16:
		return graph.TensorOf(slices.Clone(a.Int16Values()), n), nil
	case *array.Int8:
		return graph.TensorOf(slices.Clone(a.Int8Values()), n), nil
	case *array.Uint64:
		return graph.TensorOf(slices.Clone(a.Uint64Values()), n), nil
	case *array.Uint32:
		return graph.TensorOf(slices.Clone(a.Uint32Values()), n), nil
	case *array.Uint16:
		return graph.TensorOf(slices.Clone(a.Uint16Values()), n), nil
	case *array.Uint8:
		return graph.TensorOf(slices.Clone(a.Uint8Values()), n), nil
	case *array.Float64:
		return graph.TensorOf(slices.Clone(a.Float64Values()), n), nil
	case *array.Float32:
		return graph.TensorOf(slices.Clone(a.Float32Values()), n), nil
	case *array.Float16:
		out := make([]float32, n)
		for i := range out {
			out[i] = float16.Num.Float32(a.Value(i))
		}
		return graph.TensorOf(out, n), nil
	case *array.Boolean:
		out := make([]bool, n)
		for i := range out {
			out[i] = a.Value(i)
		}
		return graph.TensorOf(out, n), nil
	}
	return nil, fmt.Errorf("want numbers or lists of them, have %v", a.DataType())
}

// isArrow reports whether the name of a file is that of Arrow's columns.
func isArrow(path string) bool { return hasEnding(path, arrowEndings) }

// refuseParquet says what to do with Parquet, the only libraries for which carry a network client.
func refuseParquet(path string) error {
	if !strings.EqualFold(filepath.Ext(path), ".parquet") {
		return nil
	}
	return errors.New("is Parquet, which is not read: pyarrow.feather.write_feather(pyarrow.parquet.read_table(IN), OUT) makes an .arrow file of it")
}
