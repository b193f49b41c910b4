package onnx

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// File is a model whose tensors view the file it was read from, and its external data.
//
// The File owns the mappings, from Read to Close or Done; the model, its clones, the tensors that were made of its constants
// without copying and the sessions compiled from it die with them. What outlives them is what was copied: outputs of sessions,
// which are their caller's own, statistics and reports.
//
// The file should not change meanwhile. If it does, what is read of it may be old, new, or not there at all: touching
// pages behind the end of a file that became shorter is a fault. Done makes an error of either.
type File struct {
	Model *graph.Model

	path    string
	mapped  []*mapping
	onFault bool // what SetPanicOnFault was before
	closed  bool
	settled bool // nothing that is read from now on matters
}

// Read maps the file and reads the model in it, with its external data. Until Close or Done, which the same goroutine must
// call, memory faults of this goroutine are panics (see debug.SetPanicOnFault). Errors start with the path.
func Read(path string) (f *File, err error) {
	f = &File{path: path, onFault: debug.SetPanicOnFault(true)}
	opened := f
	defer func() {
		if p := recover(); p != nil {
			if !opened.faulted(p) {
				panic(p)
			}
			err = opened.fault(p)
		}
		if err != nil {
			f, err = nil, errors.Join(err, opened.Close())
		}
	}()
	m, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, staging.Pathless(err))
	}
	f.mapped = append(f.mapped, m)
	ext := &external{dir: filepath.Dir(path), opened: func(m *mapping) { opened.mapped = append(opened.mapped, m) }}
	if f.Model, err = decode(m.bytes, ext); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, v := range f.Model.Graph.Initializers {
		f.letForget(v.Const)
	}
	return f, nil
}

// letForget lets go of the pages that a tensor in a mapped file has filled, when it is to be forgotten.
func (f *File) letForget(t *graph.Tensor) {
	raw := t.Raw()
	if len(raw) < largeTensor {
		return
	}
	for _, m := range f.mapped {
		if m.holds(raw) {
			t.OnForget(func() { m.forget(raw) })
		}
	}
}

// largeTensor is how many bytes are worth forgetting.
const largeTensor = 1 << 16

// Unchanged is an error when a file that the model views is no longer what it was when it was opened. It is called when all
// that matters was read, before what came of it takes its place; Done asks no more after that.
func (f *File) Unchanged() error {
	for _, m := range f.mapped {
		if err := m.unchanged(); err != nil {
			return err
		}
	}
	f.settled = true
	return nil
}

// Done is Close for a defer statement of a function that returns *err: a fault that it panics with becomes that error, and so
// does it when the file has changed, unless Unchanged was asked before. Any other panic goes on.
func (f *File) Done(err *error) { done(recover(), []*File{f}, err) }

// DoneAll is Done for all of the files, of which there may be more when it runs than where it is deferred.
func DoneAll(files *[]*File, err *error) { done(recover(), *files, err) }

func done(p any, files []*File, err *error) {
	var changed, closed error
	var faulted *File
	for _, f := range files {
		if p != nil && f.faulted(p) {
			faulted = f
		}
		if changed == nil && (!f.settled || p != nil) {
			changed = f.Unchanged()
		}
	}
	for _, f := range files {
		closed = errors.Join(closed, f.Close())
	}
	switch {
	case p != nil && faulted == nil:
		panic(p)
	case changed != nil:
		*err = changed
	case p != nil:
		*err = faulted.fault(p)
	case *err == nil:
		*err = closed
	}
}

// faulted reports whether p, which was recovered, is a fault at an address of the mappings.
func (f *File) faulted(p any) bool {
	for _, m := range f.mapped {
		if memory.FaultIn(p, m.bytes) {
			return true
		}
	}
	return false
}

// fault is the error for p, a fault.
func (f *File) fault(p any) error {
	return fmt.Errorf("%s: a part of the file, or of its external data, could not be read any more: %v", f.path, p)
}

// Close releases the mappings. The model, its clones and their tensors must not
// be used any more: their contents are gone.
func (f *File) Close() error {
	var errs []error
	for _, m := range f.mapped {
		errs = append(errs, m.close())
	}
	if !f.closed {
		debug.SetPanicOnFault(f.onFault)
	}
	f.mapped, f.closed = nil, true
	return errors.Join(errs...)
}

// Decode reads a model from b, which its tensors view and which must not change
// any more. The name starts error messages. A model with external data is refused,
// because there is no folder to look for it in.
func Decode(name string, b []byte) (*graph.Model, error) {
	m, err := decode(b, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

func decode(b []byte, ext *external) (*graph.Model, error) {
	if len(b) == 0 {
		return nil, errors.New("the file is empty")
	}
	p, err := unmarshal(b)
	if err != nil {
		return nil, err
	}
	im := &importer{external: ext}
	return im.model(p)
}

// DecodeTensor reads a serialised TensorProto, as in the inputs and outputs of ONNX's
// conformance tests. The tensor views b.
func DecodeTensor(b []byte) (*graph.Tensor, error) {
	p := &onnxpb.TensorProto{}
	cuts, err := unmarshalSplit(b, tensorMessage, p)
	if err != nil {
		return nil, err
	}
	restore(p, cuts)
	im := &importer{}
	return im.tensor(p)
}

// Encode gives the bytes of a file that holds m, weights included. It fails
// when they are 2 GiB or more, the most a protobuf can have: see Write.
func Encode(m *graph.Model) ([]byte, error) {
	ex := newExporter()
	p, err := ex.model(m)
	if err != nil {
		return nil, err
	}
	if size := ex.size(p); size > maxMessage {
		return nil, fmt.Errorf("the model takes %d bytes, and one message holds less than 2 GiB", size)
	}
	out, err := ex.marshal(p)
	if err != nil {
		return nil, err
	}
	return out.join(), nil
}

// maxMessage is the size of the largest protobuf that every reader accepts.
const maxMessage = 1<<31 - 1

var deterministic = proto.MarshalOptions{Deterministic: true}
