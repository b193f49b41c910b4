package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// testSetPrefix starts the name of a folder of ONNX test data; its number follows.
const testSetPrefix = "test_data_set_"

// TestSets lists the folders of ONNX test data in dir, in the order of their numbers, or dir itself if it
// is one (https://github.com/onnx/onnx/blob/main/docs/OnnxBackendTest.md). It returns nil if there are
// none.
func TestSets(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	numbers := map[string]int{}
	var folders []string
	own := false
	for _, e := range entries {
		name := e.Name()
		own = own || (strings.HasPrefix(name, "output_") || strings.HasPrefix(name, "input_")) && strings.HasSuffix(name, ".pb")
		number, is := strings.CutPrefix(name, testSetPrefix)
		if k, err := strconv.Atoi(number); is && err == nil {
			path := filepath.Join(dir, name)
			numbers[path] = k
			folders = append(folders, path)
		}
	}
	if len(folders) == 0 && own {
		return []string{filepath.Clean(dir)}, nil
	}
	slices.SortFunc(folders, func(a, b string) int { return numbers[a] - numbers[b] })
	return folders, nil
}

// openTestSets opens the inputs of ONNX test data, which are held: they are small. The first axis of each
// counts samples.
func openTestSets(folders []string, inputs []*graph.Value) (*Data, error) {
	var of []Source
	var held int64
	for _, folder := range folders {
		feeds := map[string]*graph.Tensor{}
		symbols := map[string]int{}
		for i, v := range inputs {
			path := filepath.Join(folder, fmt.Sprintf("input_%d.pb", i))
			info, err := os.Stat(path)
			switch {
			case errors.Is(err, fs.ErrNotExist) && v.Const != nil:
				continue
			case err != nil:
				return nil, fmt.Errorf("%s: %w", path, staging.Pathless(err))
			}
			if held = memory.Sum(held, memory.Product(2, info.Size())); held > 0 {
				if err := memory.Hold("the test data", held); err != nil {
					return nil, fmt.Errorf("%s: %w", path, err)
				}
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, staging.Pathless(err))
			}
			t, err := onnx.DecodeValue(b, v)
			if err == nil {
				t, err = fit(t, v, symbols, nil)
			}
			if err == nil {
				err = checkFinite("", t, nil)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			feeds[v.Name] = t
		}
		s, err := Held(feeds)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
		of = append(of, s)
	}
	return &Data{Samples: Chain(of)}, nil
}
