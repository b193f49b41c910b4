package distil

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// BenchmarkStep times a training step of networks, and their forward pass, on a batch. POLLARD_STEP names another file, and
// POLLARD_KERNELS shows where the time goes.
func BenchmarkStep(b *testing.B) {
	files := []string{"resnet20", "mobilenetv2", "vit"}
	if f := os.Getenv("POLLARD_STEP"); f != "" {
		files = []string{f}
	}
	for _, name := range files {
		path := name
		if _, err := os.Stat(path); err != nil {
			path = "../../../fixtures/models/" + name + ".onnx"
		}
		f, err := onnx.Read(path)
		if err != nil {
			b.Fatal(err)
		}
		m, _, err := canonical.Simplify(b.Context(), f.Model)
		if err != nil {
			b.Fatal(err)
		}
		batch := 32
		feeds, err := samples.Synthetic(m, samples.Extents(m, nil), batch, 1)
		if err != nil {
			b.Fatal(err)
		}
		data, err := dataset.Held(feeds)
		if err != nil {
			b.Fatal(err)
		}
		in := Input{Original: m, Cut: m, Analysis: &group.Analysis{}, Plan: &group.Plan{}, Data: data, Classes: true}
		n, err := newStudent(in, feeds, batch, stage.Settings{Memory: 8 << 30}, true)
		if err != nil {
			b.Fatal(err)
		}
		if err := n.compile(slices.Repeat([]float64{1}, len(n.matches)), 2); err != nil {
			b.Fatal(err)
		}
		teach, err := newTeacher(m, n.matches, in.Data, 2, room{})
		if err != nil {
			b.Fatal(err)
		}
		answers, err := teach.answer(b.Context(), feeds, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/forward", func(b *testing.B) {
			out := map[string]*graph.Tensor{}
			for range b.N {
				if err := teach.session.RunInto(b.Context(), feeds, out); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/step", func(b *testing.B) {
			for range b.N {
				if _, err := n.learn(b.Context(), feeds, answers); err != nil {
					b.Fatal(err)
				}
			}
		})
		if os.Getenv("POLLARD_KERNELS") != "" {
			showKernels(b, n, feeds, answers)
		}
	}
}

// showKernels prints the time of one step by kernel.
func showKernels(b *testing.B, n *student, feeds map[string]*graph.Tensor, answers []*graph.Tensor) {
	took := map[string]time.Duration{}
	s, err := runtime.Compile(n.learning.Model, runtime.Options{Threads: 2, Trace: func(e runtime.Event) {
		took[e.Kernel+" "+e.Node.OpName()] += e.Duration
	}})
	if err != nil {
		b.Fatal(err)
	}
	n.learner = s
	for range 5 {
		clear(took)
		if _, err := n.learn(b.Context(), feeds, answers); err != nil {
			b.Fatal(err)
		}
	}
	var all []string
	for k := range took {
		all = append(all, k)
	}
	slices.SortFunc(all, func(x, y string) int { return int(took[y] - took[x]) })
	for _, k := range all[:min(len(all), 25)] {
		fmt.Printf("%10.2f ms  %s\n", float64(took[k])/1e6, k)
	}
}
