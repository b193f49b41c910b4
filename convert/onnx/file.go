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

// File is a model whose tensors view the mapped file that it was read from, and its external data.
//
// The File owns the mappings until Close or Done. The model, its clones, tensors made of its
// constants without copying, and sessions compiled from it must not be used after that. What was
// copied remains valid: outputs of sessions, statistics and reports.
//
// The file should not change in the meantime. If it does, reads may return the old contents, the
// new contents, or nothing: touching a page beyond the end of a truncated file is a fault. Done
// turns either into an error.
type File struct {
	Model *graph.Model

	path    string
	mapped  []*mapping
	onFault bool // setting of SetPanicOnFault before Read
	closed  bool
	settled bool // nothing read from now on matters
}

// Read maps the file at path and reads the model in it, with its external data. Until Close or
// Done, which the same goroutine must call, memory faults of this goroutine are panics (see
// debug.SetPanicOnFault). Errors start with the path.
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
		f.forgetOnRequest(v.Const)
	}
	return f, nil
}

// forgetOnRequest makes t release the pages that it occupies when it is told to forget, if it lies
// in a mapped file.
func (f *File) forgetOnRequest(t *graph.Tensor) {
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

// largeTensor is the size in bytes from which a tensor is worth forgetting.
const largeTensor = 1 << 16

// Unchanged returns an error if a file that the model views has changed since it was opened.
// Callers check it once everything that matters is read and before they put results in place; after
// that, Done does not check again.
func (f *File) Unchanged() error {
	for _, m := range f.mapped {
		if err := m.unchanged(); err != nil {
			return err
		}
	}
	f.settled = true
	return nil
}

// Done closes f in a defer statement of a function that returns *err. If the function panics with a
// fault in the mappings, the panic becomes that error; any other panic continues. If a file has
// changed, that becomes the error, unless Unchanged was called before.
func (f *File) Done(err *error) { done(recover(), []*File{f}, err) }

// DoneAll is Done for all files in the list when it runs, which may be more than when it was
// deferred.
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

// faulted reports whether p, a recovered value, is a fault at an address of the mappings.
func (f *File) faulted(p any) bool {
	for _, m := range f.mapped {
		if memory.FaultIn(p, m.bytes) {
			return true
		}
	}
	return false
}

// fault returns the error for the fault p.
func (f *File) fault(p any) error {
	return fmt.Errorf("%s: part of the file, or of its external data, can no longer be read: %v", f.path, p)
}

// Close releases the mappings. The model, its clones and their tensors must not be used any more:
// their contents are gone.
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

// Decode reads a model from b, which its tensors view and which must not change any more. Errors
// start with name. It refuses a model with external data, because there is no folder to look for it
// in.
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

// DecodeTensor reads a serialized TensorProto, as in the inputs and outputs of ONNX's conformance
// tests. The tensor views b.
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

// Encode returns the contents of a file that holds m, weights included. It fails if they are 2 GiB
// or more, the limit of a protobuf: see Write.
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
