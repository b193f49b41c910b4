package recovery

import (
	"context"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// Whatever was done to a network is undone where its outputs got worse, to the last initializer.
func TestRepairsThatMakeTheOutputsWorseAreUndone(t *testing.T) {
	in := halved(t, weighted(t, networks["residual"]))
	in.Feeds = feedsOf(in.Original, 4, 16, 1)
	was, _ := in.Cut.Clone()
	bad := fit(func(_, _ *moments) fitted {
		return func(m *moments) []float64 { return slices.Repeat([]float64{100}, m.cols*m.outs) }
	})
	for _, rotten := range []bool{false, true} {
		how := way{columns: maxColumns, group: func(p *problem, g int, train, held rows) outcome {
			o := fit(fitRidge).group(p, g, train, held)
			if rotten && o.change != nil {
				o.change = bad(nil, nil)(&moments{cols: p.Cols + p.ones(), outs: p.Outs})
			}
			return o
		}}
		repairs, err := walk(context.Background(), in, how)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range repairs {
			if rotten && (r.Taken || r.After != r.Before) {
				t.Errorf("undone, yet %+v", r)
			}
		}
		if err := in.Cut.Check(); err != nil {
			t.Fatal(err)
		}
		same := graph.Diff(was, in.Cut) == nil
		if same != rotten {
			t.Errorf("rotten %v: as it was: %v (%v)", rotten, same, graph.Diff(was, in.Cut))
		}
		in.Cut, _ = was.Clone()
	}
}

// On the samples held out no method leaves the outputs of a network further from the original's than the cut did.
func TestOutputsAreNeverWorseOnSamplesHeldOut(t *testing.T) {
	for name, text := range networks {
		for _, method := range All() {
			in := halved(t, weighted(t, text))
			in.Feeds = feedsOf(in.Original, 3, 20, 6)
			w := &walker{Input: in, split: newSplit(batchesOf(in.Feeds))}
			left := func() float64 {
				w.original = finished(t, in, in.Original)
				e, known := w.outputError(w.results(finished(t, in, in.Cut)))
				if !known {
					t.Fatal("no output can be compared")
				}
				return e
			}
			before := left()
			if _, err := method.Apply(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			if after := left(); after > before {
				t.Errorf("%s, %s: %g before, %g after", name, method.Name, before, after)
			}
		}
	}
}

func finished(t *testing.T, in Input, m *graph.Model) *network {
	t.Helper()
	n := newNetwork(m, in.Stepper)
	err := n.feed(t.Context(), in.Feeds, in.Feeds.Len())
	if err == nil {
		err = n.finish(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}
