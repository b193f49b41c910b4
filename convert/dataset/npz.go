package dataset

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// decodeNPZ reads every array of an .npz, a zip file of .npy files, by its name
// without the suffix. Entries that are no .npy are left out.
func decodeNPZ(raw []byte) (map[string]*graph.Tensor, error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	arrays := map[string]*graph.Tensor{}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		if name == "" || arrays[name] != nil {
			return nil, fmt.Errorf("npz: want array names that are distinct and not empty, have %q", name)
		}
		t, err := decodeEntry(f)
		if err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
		arrays[name] = t
	}
	if len(arrays) == 0 {
		return nil, fmt.Errorf("npz: there is no array in it")
	}
	return arrays, nil
}

func decodeEntry(f *zip.File) (*graph.Tensor, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r) // grows with what is there, whatever the entry's header promises
	if err != nil {
		return nil, err
	}
	return decodeNPY(data)
}
