package onnx

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// File is a model whose tensors view the file it was read from.
type File struct {
	Model *graph.Model

	mapped []*mapping
}

// Read maps the file and reads the model in it, with its external data. The
// file must not change until Close. Errors start with the path.
func Read(path string) (*File, error) {
	f := &File{}
	m, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, pathless(err))
	}
	f.mapped = append(f.mapped, m)
	ext := &external{dir: filepath.Dir(path)}
	f.Model, err = decode(m.bytes, ext)
	f.mapped = append(f.mapped, ext.mapped()...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, errors.Join(err, f.Close()))
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

// Close releases the mapping. The model, its clones and their tensors must not
// be used any more: their contents are gone.
func (f *File) Close() error {
	var errs []error
	for _, m := range f.mapped {
		errs = append(errs, m.close())
	}
	f.mapped = nil
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

// pathless takes the path out of an error of package os, for the caller puts one in front.
func pathless(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

var deterministic = proto.MarshalOptions{Deterministic: true}
