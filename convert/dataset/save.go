package dataset

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph"
)

// npyCodes maps element types to NumPy's type codes on little-endian machines.
var npyCodes = map[graph.DType]string{
	graph.Float16: "<f2", graph.Float32: "<f4", graph.Float64: "<f8",
	graph.Int8: "|i1", graph.Int16: "<i2", graph.Int32: "<i4", graph.Int64: "<i8",
	graph.Uint8: "|u1", graph.Uint16: "<u2", graph.Uint32: "<u4", graph.Uint64: "<u8",
	graph.Bool: "|b1", graph.Complex64: "<c8", graph.Complex128: "<c16",
}

// WriteNPY writes t as an .npy file of version 1. NumPy has no bfloat16: such tensors are written
// as float32, which holds all of their numbers. It fails for strings and other types without a
// NumPy code.
func WriteNPY(w io.Writer, t *graph.Tensor) error {
	if t.DType() == graph.BFloat16 {
		v, _ := graph.Floats(t)
		t, _ = graph.FromFloats(graph.Float32, v, t.Shape()...)
	}
	header, err := npyHeader(t.DType(), t.Shape())
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	_, err = w.Write(t.Raw())
	return err
}

// npyHeader returns what precedes the elements of an array in an .npy file.
func npyHeader(d graph.DType, shape []int) ([]byte, error) {
	code, ok := npyCodes[d]
	if !ok {
		return nil, fmt.Errorf("npy has no elements of type %v", d)
	}
	dims := make([]string, len(shape))
	for i, d := range shape {
		dims[i] = fmt.Sprint(d)
	}
	tuple := strings.Join(dims, ", ")
	if len(dims) == 1 {
		tuple += ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", code, tuple)
	const before = len(npyMagic) + 4
	pad := 64 - (before+len(text)+1)%64 // data starts at a multiple of 64
	text += strings.Repeat(" ", pad%64) + "\n"
	if len(text) > 1<<16-1 {
		return nil, fmt.Errorf("shape of %d axes is too long for npy", len(shape))
	}
	header := append([]byte(npyMagic), 1, 0)
	header = binary.LittleEndian.AppendUint16(header, uint16(len(text)))
	return append(header, text...), nil
}

// SaveNPY writes t to path as WriteNPY does, atomically.
func SaveNPY(path string, t *graph.Tensor) error {
	return replace(context.Background(), path, func(w io.Writer) error { return WriteNPY(w, t) })
}

// WriteNPZ writes the arrays as an .npz, in order and uncompressed, so the same arrays make the
// same bytes. It holds one array at a time and stops when ctx is done.
func WriteNPZ(ctx context.Context, w io.Writer, arrays iter.Seq2[string, *graph.Tensor]) error {
	z := zip.NewWriter(w)
	for name, t := range arrays {
		if err := ctx.Err(); err != nil {
			return err
		}
		entry, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if err := WriteNPY(entry, t); err != nil {
			return fmt.Errorf("array %q: %w", name, err)
		}
	}
	return z.Close()
}

// SaveNPZ writes the arrays to path as WriteNPZ does, atomically.
func SaveNPZ(ctx context.Context, path string, arrays iter.Seq2[string, *graph.Tensor]) error {
	return replace(ctx, path, func(w io.Writer) error { return WriteNPZ(ctx, w, arrays) })
}

// replace writes the output of write to path, atomically.
func replace(ctx context.Context, path string, write func(io.Writer) error) error {
	if err := staging.WriteFile(ctx, path, write); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
