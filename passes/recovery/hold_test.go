package recovery

import (
	"maps"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/runtime"
)

// counted counts how often each batch is read.
type counted struct {
	passes.Held
	reads map[int]int
}

func (c counted) Read(i int, some []int) (map[string]*graph.Tensor, error) {
	if some == nil {
		c.reads[i]++
	}
	return c.Held.Read(i, some)
}

// Wherever batches come in, they have caught up: both networks hold for them what they would hold
// had they been there from the start, and no batch is read more than once by each.
func TestBatchesThatComeInLaterCatchUp(t *testing.T) {
	texts := map[string]string{"constants": constants}
	maps.Copy(texts, networks)
	for name, text := range texts {
		m := weighted(t, text)
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		feeds := feedsOf(m, 4, 3, 1)
		nodes := m.Graph.Nodes
		for late := 0; late <= len(nodes); late++ {
			c := counted{feeds, map[int]int{}}
			whole, some := newNetwork(m, runtime.NewStepper(1)), newNetwork(m, runtime.NewStepper(1))
			if err := whole.feed(t.Context(), feeds, 4); err != nil {
				t.Fatal(err)
			}
			if err := some.feed(t.Context(), c, 1); err != nil {
				t.Fatal(err)
			}
			for end := range len(nodes) + 1 {
				for _, n := range []*network{whole, some} {
					if err := n.advance(t.Context(), end); err != nil {
						t.Fatal(err)
					}
				}
				if end == late {
					if err := some.feed(t.Context(), c, 4); err != nil {
						t.Fatal(err)
					}
				}
				if want := 1 + 3*min(1, max(0, end-late+1)); len(some.live) != want {
					t.Fatalf("%s: behind %d nodes there are %d batches, want %d", name, end, len(some.live), want)
				}
				for b, live := range some.live {
					if !maps.EqualFunc(live, whole.live[b], func(x, y *graph.Tensor) bool { return apart(linear.Floats(x), linear.Floats(y)) < 1e-5 }) {
						t.Errorf("%s: late at %d, behind %d nodes, batch %d: have %d values, want %d", name, late, end, b, len(live), len(whole.live[b]))
					}
				}
			}
			if !maps.Equal(c.reads, map[int]int{0: 1, 1: 1, 2: 1, 3: 1}) {
				t.Errorf("%s: read %v", name, c.reads)
			}
		}
	}
}

// A repair that holds few batches at first and all of them in the end repairs each node as one does
// that has all batches from there on. Where all may be held it is bit for bit the same.
func TestHoldSaysHowManyBatchesANodeLearnsFrom(t *testing.T) {
	m, _ := Lookup("leastsquares")
	for name, text := range networks {
		was := halved(t, weighted(t, text))
		was.Feeds = feedsOf(was.Original, 10, 8, 1)
		run := func(hold func(int) int) (Input, []int) {
			in := was
			in.Cut, _ = was.Cut.Clone()
			var asked []int
			if hold != nil {
				in.Hold = func(nodes int) int { asked = append(asked, nodes); return hold(nodes) }
			}
			if _, err := m.Apply(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			return in, asked
		}
		all, _ := run(nil)
		same, _ := run(func(int) int { return 100 })
		if d := graph.Diff(all.Cut, same.Cut); d != nil {
			t.Errorf("%s: %v", name, d)
		}
		half := len(was.Original.Graph.Nodes) / 2
		grown, asked := run(func(nodes int) int {
			if nodes <= half {
				return 3
			}
			return 10
		})
		if len(asked) < 2 || !slices.Contains(asked, len(was.Original.Graph.Nodes)) {
			t.Errorf("%s: asked at %v", name, asked)
		}
		few, _ := run(func(int) int { return 3 })
		d := func(in Input) float64 { return distance(t, in.Original, in.Cut, was.Feeds.(passes.Held)) }
		if unrepaired := d(was); !(d(grown) < unrepaired) || !(d(few) < unrepaired) {
			t.Errorf("%s: %g unrepaired, %g with few batches, %g with more and more, %g with all", name, unrepaired, d(few), d(grown), d(all))
		}
	}
}
