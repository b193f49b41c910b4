package runtime_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

var (
	howMany   = flag.Int("networks", 250, "how many random networks to compute")
	firstSeed = flag.Uint64("network", 0, "the first of them")
)

// TestRandomNetworks grows networks and compares the results of programs with the reference
// evaluation, on one thread and several, for changing extents, repeatedly and concurrently.
func TestRandomNetworks(t *testing.T) {
	for seed := *firstSeed; seed < *firstSeed+uint64(*howMany); seed++ {
		w := grow(seed, 4+int(seed%23))
		err := agree(w)
		if err == nil {
			continue
		}
		for shrunk := true; shrunk; { // shrink to one output, with as few nodes as that needs
			shrunk = false
			for _, v := range slices.Clone(w.g.Outputs) {
				all := w.g.Outputs
				if len(all) == 1 {
					break
				}
				w.g.Outputs = slices.DeleteFunc(slices.Clone(all), func(o *graph.Value) bool { return o == v })
				if e := agree(w); e != nil {
					err, shrunk = e, true
					continue
				}
				w.g.Outputs = all
			}
		}
		prune(w.g, true)
		if e := agree(w); e != nil {
			err = e
		}
		t.Errorf("network %d: %v\n%s", seed, err, w.m.Text())
	}
}

// agree runs w in every possible way.
func agree(w *grower) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	reference, err := runtime.Compile(w.m, runtime.Options{Reference: true})
	if err != nil {
		return err
	}
	extents := []int{grown[0], grown[1], 1, grown[0], 5, 0}
	feeds, want := make([]map[string]*graph.Tensor, len(extents)), make([]map[string]*graph.Tensor, len(extents))
	fails := make([]bool, len(extents))
	for i, n := range extents {
		feeds[i] = w.feeds(n)
		want[i], err = reference.Run(context.Background(), feeds[i])
		fails[i] = err != nil
	}
	for _, o := range []runtime.Options{{Threads: 1}, {Threads: 3}, {Threads: 1, Sparse: runtime.SparseAlways}, {Threads: 3, Sparse: runtime.SparseAlways}} {
		s, err := runtime.Compile(w.m, o)
		if err != nil {
			return err
		}
		for i, n := range extents {
			if err := once(s, feeds[i], want[i], fails[i]); err != nil {
				return fmt.Errorf("%+v, extent %d: %w", o, n, err)
			}
		}
		if err := atOnce(s, feeds[:2], want[:2]); err != nil {
			return fmt.Errorf("%+v, several runs at once: %w", o, err)
		}
	}
	return nil
}

func (w *grower) feeds(extent int) map[string]*graph.Tensor {
	feeds := map[string]*graph.Tensor{}
	for _, v := range w.g.Inputs {
		dims := make([]int, len(v.Type.Shape))
		for i, d := range v.Type.Shape {
			var ok bool
			if dims[i], ok = d.Value(); !ok {
				dims[i] = extent
			}
		}
		feeds[v.Name] = w.numbersOf(false, dims...)
	}
	return feeds
}

// once does one run, and two into the same tensors.
func once(s *runtime.Session, feeds, want map[string]*graph.Tensor, fails bool) error {
	out, err := s.Run(context.Background(), feeds)
	if fails { // programs may accept more: some reference evaluations need elements
		return nil
	}
	if err != nil {
		return err
	}
	if err := sameOutputs(out, want); err != nil {
		return err
	}
	for range 2 {
		if err := s.RunInto(context.Background(), feeds, out); err != nil {
			return fmt.Errorf("into tensors: %w", err)
		}
		if err := sameOutputs(out, want); err != nil {
			return fmt.Errorf("into tensors: %w", err)
		}
	}
	return nil
}

func atOnce(s *runtime.Session, feeds, want []map[string]*graph.Tensor) error {
	var wait sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for k := range 3 {
				at := (i + k) % len(feeds)
				out, err := s.Run(context.Background(), feeds[at])
				if err == nil {
					err = sameOutputs(out, want[at])
				}
				if err != nil {
					errs[i] = err
				}
			}
		}()
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// sameOutputs compares outputs with a tolerance relative to the largest number.
func sameOutputs(have, want map[string]*graph.Tensor) error {
	if len(have) != len(want) {
		return fmt.Errorf("%d outputs, want %d", len(have), len(want))
	}
	for name, w := range want {
		h := have[name]
		if h == nil || h.DType() != w.DType() || !slices.Equal(h.Shape(), w.Shape()) {
			return fmt.Errorf("output %q: want %v %v, have %v", name, w.DType(), w.Shape(), h)
		}
		if w.DType() != graph.Float32 {
			continue
		}
		most := 1.0
		for _, x := range numbers(w) {
			if !math.IsInf(float64(x), 0) {
				most = max(most, math.Abs(float64(x))) // a NaN makes the tolerance NaN, and nothing fails
			}
		}
		for i, x := range numbers(w) {
			y := numbers(h)[i]
			if x == y || x != x && y != y {
				continue
			}
			if d := math.Abs(float64(x - y)); !(d <= 1e-3*most) && !math.IsNaN(most) {
				return fmt.Errorf("output %q: element %d of %v is %v, want %v", name, i, w.Shape(), y, x)
			}
		}
	}
	return nil
}
