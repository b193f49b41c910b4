package onnx

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// way is one of the alternatives that a benchmark compares.
type way struct {
	name string
	run  func() error
}

// compare runs each way and reports its time and allocations.
func compare(b *testing.B, ways ...way) {
	for _, w := range ways {
		b.Run(w.name, func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				if err := w.run(); err != nil {
					b.Fatal(err)
				}
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/1e6/float64(b.N), "heap-MB/op")
		})
	}
}

// largeModel writes a model of 500 MB in 100 initializers.
func largeModel(b *testing.B) (path string) {
	b.Helper()
	m := graph.NewModel(17)
	for range 100 {
		m.Graph.AddConst("w", graph.NewTensor(graph.Float32, 1250, 1000))
	}
	path = filepath.Join(b.TempDir(), "m.onnx")
	if err := Write(context.Background(), path, m, WriteOptions{}); err != nil {
		b.Fatal(err)
	}
	return path
}

// readPlain reads a model as generated code alone would.
func readPlain(path string) (*onnxpb.ModelProto, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := &onnxpb.ModelProto{}
	return m, proto.Unmarshal(data, m)
}

func BenchmarkRead(b *testing.B) {
	path := largeModel(b)
	compare(b,
		way{"mapped", func() error {
			f, err := Read(path)
			if err != nil {
				return err
			}
			return f.Close()
		}},
		way{"plain", func() error {
			_, err := readPlain(path)
			return err
		}})
}

func BenchmarkWrite(b *testing.B) {
	path := largeModel(b)
	f, err := Read(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	m, err := readPlain(path)
	if err != nil {
		b.Fatal(err)
	}
	out := path + ".out"
	compare(b,
		way{"streamed", func() error { return Write(context.Background(), out, f.Model, WriteOptions{}) }},
		way{"plain", func() error { // flushed to disk, for a fair comparison
			data, err := proto.Marshal(m)
			if err != nil {
				return err
			}
			file, err := os.Create(out)
			if err != nil {
				return err
			}
			defer file.Close()
			if _, err := file.Write(data); err != nil {
				return err
			}
			return file.Sync()
		}})
}
