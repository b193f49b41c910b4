package recovery

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// upTo is the numbers from 0 to n-1.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Parts cover all rows in order. Each has as many rows of one batch as one thread may read and as fit in a chunk, but at least 64.
func TestPartsAreTheRowsInOrder(t *testing.T) {
	for _, cols := range []int{1, chunk / partRows, chunk/partRows + 1, chunk / 100, chunk / 64, chunk / 63, chunk, 2 * chunk} {
		most := partRows
		for most > 64 && int64(most)*int64(cols) > chunk {
			most--
		}
		for _, n := range []int{0, 1, most - 1, most, most + 1, 3*most + 5} {
			r := newRows(3, 2)
			if len(r.of) != 3 || len(r.slabs) != 2 {
				t.Fatalf("%d batches and %d groups", len(r.of), len(r.slabs))
			}
			r.of[0], r.of[2] = upTo(n), upTo(2)
			at, batch := 0, 0
			for i, p := range r.parts(cols) {
				if p.batch != batch {
					if at != len(r.of[batch]) {
						t.Errorf("%d columns: %d of %d rows of batch %d", cols, at, len(r.of[batch]), batch)
					}
					at, batch = 0, p.batch
				}
				if want := min(most, len(r.of[batch])-at); len(p.rows) != want || want == 0 || !slices.Equal(p.rows, r.of[batch][at:at+want]) {
					t.Errorf("%d columns, part %d: %d rows, want %d", cols, i, len(p.rows), want)
				}
				at += len(p.rows)
			}
			if batch != 2 || at != 2 {
				t.Errorf("%d columns: ends at row %d of batch %d", cols, at, batch)
			}
		}
	}
}

// Each span has the most rows that one thread reads, and the last span has the rest.
func TestSpansAreTheRowsOfASlab(t *testing.T) {
	for _, rows := range []int{0, 1, partRows - 1, partRows, partRows + 1, 2 * partRows, 2*partRows + 1, 3*partRows - 1} {
		for _, threads := range []int{1, 3} {
			s := &slab{rows: rows}
			var want [][2]int
			for lo := 0; lo < rows; lo += partRows {
				want = append(want, [2]int{lo, min(rows, lo+partRows)})
			}
			have := make([][2]int, len(want))
			n := s.spans(threads, func(i, lo, hi int) { have[i] = [2]int{lo, hi} })
			if n != len(want) || !slices.Equal(have, want) {
				t.Errorf("%d rows: want %v, have %v, %d", rows, want, have, n)
			}
		}
	}
}

// wide returns the problem with another number of columns. Where its rows are does not depend on it.
func wide(p *problem, cols int) *problem {
	q := *p
	q.Map = linear.Of(p.Node)
	q.Cols = cols
	return &q
}

// A slab takes one part after another as long as its numbers, including the ones for a bias, fit in a chunk. Each part knows
// where its rows are.
func TestASlabTakesAsManyPartsAsItHolds(t *testing.T) {
	in := halved(t, weighted(t, `<ir_version: 8, opset_import: ["": 13]>
net (float[N,900,2] x, float[2,4] w_1, float[4,2] w_2) => (float[N,900,2] y) { h = MatMul(x, w_1)  y = MatMul(h, w_2) }`))
	in.Feeds = feedsOf(in.Original, 2, 5, 1)
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
		for _, cols := range []int{1, 680, 681, 1023, 1024, 2047, 2048, chunk/100 - 1, chunk, 2 * chunk} {
			q := wide(p, cols)
			over := newRows(2, 1)
			over.of[0], over.of[1] = upTo(4500), upTo(3000)
			bundles := q.bundled(over)
			parts := over.parts(cols + 1)
			at := 0
			for i, bundle := range bundles {
				numbers := 0
				for _, part := range bundle {
					if part.batch != parts[at].batch || !slices.Equal(part.rows, parts[at].rows) {
						t.Fatalf("%d columns: bundle %d is out of order", cols, i)
					}
					for k, row := range part.rows {
						y := q.original.at(q.counterpart.Out(0), part.batch)
						if place, step := q.Output(y, row); part.origins[k] != place || part.step != step {
							t.Fatalf("%d columns: row %d is at %d, want %d", cols, row, part.origins[k], place)
						}
					}
					numbers += len(part.rows) * (cols + 1)
					at++
				}
				if len(bundle) == 0 || len(bundle) > 1 && numbers > chunk {
					t.Errorf("%d columns: bundle %d is of %d parts, %d numbers", cols, i, len(bundle), numbers)
				}
				if at < len(parts) && numbers+len(parts[at].rows)*(cols+1) <= chunk {
					t.Errorf("%d columns: bundle %d would hold another part", cols, i)
				}
			}
			if at != len(parts) {
				t.Errorf("%d columns: %d of %d parts", cols, at, len(parts))
			}
		}
	})
}

// Rows are visited in order, whether their slabs are kept or made again, and they equal the rows read without parts.
func TestRowsAreVisitedInOrder(t *testing.T) {
	in := halved(t, weighted(t, more["groups with a bias"]))
	in.Feeds = feedsOf(in.Original, 3, 6, 1)
	many := 0
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, _ rows) {
		x, want, have := flattened(t, p, g, train)
		w := *p.walker
		numbers := len(x) * (p.Cols + 1 + 2*p.Outs)
		w.Threads = mostKept/max(1, numbers) + 1 // so many that slabs of all groups at once are too much
		q := *p
		q.walker = &w
		for name, c := range map[string]struct {
			p    *problem
			kept bool
		}{"as it is": {p, true}, "with many threads": {&q, p.Groups == 1}} {
			over := newRows(len(train.of), p.Groups)
			copy(over.of, train.of)
			var first []*slab
			for again := range 2 {
				var slabs []*slab
				row := 0
				if err := c.p.visit(g, over, func(s *slab) {
					slabs = append(slabs, s)
					for i := range s.rows {
						same := slices.Equal(widened(s.x[i*s.ld:][:s.ld]), x[row]) && slices.Equal(widened(s.want[i*p.Outs:][:p.Outs]), want[row]) && slices.Equal(widened(s.have[i*p.Outs:][:p.Outs]), have[row])
						if !same {
							t.Fatalf("%s, %s: row %d differs", p.Node.Title(), name, row)
						}
						row++
					}
				}); err != nil {
					t.Fatal(err)
				}
				if row != len(x) {
					t.Errorf("%s, %s: %d of %d rows", p.Node.Title(), name, row, len(x))
				}
				if again == 1 && slices.Equal(first, slabs) != c.kept {
					t.Errorf("%s, %s: kept is %v, want %v", p.Node.Title(), name, !c.kept, c.kept)
				}
				first = slabs
			}
			if !c.kept {
				many++
			}
		}
	})
	if many == 0 {
		t.Error("all are kept")
	}
}

// A problem is one of constant float32 weights on float32 inputs, towards the same kind of node; without a bias it is none
// where there are too many columns to change the weights.
func TestWhatIsAProblem(t *testing.T) {
	in := halved(t, weighted(t, `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,6] x, float[6,8] w_1, float[8] w_b1, float[8,5] w_2, float[5,4] w_3, float[N,4] z) => (float[N,4] y)
{
   h = Gemm(x, w_1, w_b1)
   k = Gemm(h, w_2)
   l = Gemm(k, w_3, z)
   y = Relu(l)
}`))
	in.Feeds = feedsOf(in.Original, 2, 3, 1)
	w := newWalker(in, way{columns: maxColumns})
	o := func(name string) *graph.Node { return nodeCalled(in.Original, name) }
	_, s := uncut(t, networks["matrices"], "1x1", "magnitude", 0.5)
	seen := 0
	if err := w.walk(t.Context(), func(n, own *graph.Node) error {
		seen++
		title, l := n.Title(), linear.Of(n)
		none := func(what string, o *graph.Node) {
			if w.problem(n, o) != nil {
				t.Errorf("%s, %s: is a problem", title, what)
			}
		}
		p := w.problem(n, own)
		if l.Opaque != (title == "l") || (p == nil) != l.Opaque {
			t.Errorf("%s: opaque %v, a problem %v", title, l.Opaque, p != nil)
		}
		// A node cannot be made sparse if it is no problem, or if it has too many columns to change its weights.
		sparse := func(what string) {
			if r, err := w.sparsify(n, own, s, 0.5); r != nil || err != nil {
				t.Errorf("%s, %s: made sparse: %v, %v", title, what, r, err)
			}
			if c, err := w.curve(n, own, s, []float64{1, 0.5}, []bool{false, false}, nil); c != nil || err != nil {
				t.Errorf("%s, %s: has a curve: %v, %v", title, what, c, err)
			}
		}
		if p == nil {
			sparse("no problem")
		}
		none("not linear there", o("y"))
		none("something computed is added there", o("l"))
		if w.problem(nodeCalled(in.Cut, "y"), own) != nil {
			t.Error("an activation is a problem")
		}
		if p == nil {
			return nil
		}
		if !p.whole || p.full.Node != own || p.counterpart != own || len(p.weights) != len(l.Weights()) {
			t.Errorf("%s: %+v", title, p)
		}
		if title == "k" {
			x := w.cut.live[0][l.X()]
			w.cut.live[0][l.X()] = graph.NewTensor(graph.Float64, x.Shape()...)
			none("float64 inputs", own)
			w.cut.live[0][l.X()] = x
			was := own.Out(0).Type.DType
			own.Out(0).Type.DType = graph.Float64
			none("float64 results", own)
			own.Out(0).Type.DType = was
		}
		weights := n.In(1).Const
		f64, _ := graph.FromFloats(graph.Float64, l.Weights(), weights.Shape()...)
		in.Cut.Graph.SetConst(n.In(1), f64)
		none("float64 weights", own)
		in.Cut.Graph.SetConst(n.In(1), weights)
		w.columns = l.Cols
		if p := w.problem(n, own); p == nil || !p.whole {
			t.Errorf("%s: not whole with as many columns as there may be", title)
		}
		w.columns = l.Cols - 1
		if p := w.problem(n, own); (p != nil) != l.HasBias || p != nil && p.whole {
			t.Errorf("%s: with a column too many %v", title, p != nil)
		}
		sparse("a column too many")
		w.columns = maxColumns
		return nil
	}); err != nil || seen != 3 {
		t.Errorf("%d nodes, %v", seen, err)
	}
}

// A stream is the other operand of the only Add that reads the result, where both networks have it at hand in float32.
func TestWhatIsAStream(t *testing.T) {
	const bend = "y = Neg(s)"
	for _, c := range []struct{ nodes, want string }{
		{"r = Neg(x) h = MatMul(x, w_1) s = Add(h, r) " + bend, "r"},
		{"r = Neg(x) h = MatMul(x, w_1) s = Add(r, h) " + bend, "r"},
		{"h = MatMul(x, w_1) s = Add(x, h) " + bend, "x"},
		{"h = MatMul(x, w_1) r = Neg(x) s = Add(r, h) " + bend, ""},                // comes later
		{"h = MatMul(x, w_1) s = Add(h, h) " + bend, ""},                           // itself
		{"r = Neg(x) h = MatMul(x, w_1) s = Mul(r, h) " + bend, ""},                // no sum
		{"r = Neg(x) h = MatMul(x, w_1) s = com.example.Add(r, h) y = Neg(x)", ""}, // who knows what
		{"r = Neg(x) h = MatMul(x, w_1) s = Add(r, h) q = Add(h, x) " + bend, ""},  // two readers
		{"h = MatMul(x, w_1) y = Neg(h)", ""},
	} {
		m := weighted(t, `<ir_version: 8, opset_import: ["" : 13, "com.example": 1]> net (float[N,4] x, float[4,4] w_1) => (float[N,4] y) { `+c.nodes+` }`)
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		in, _ := uncut(t, networks["matrices"], "1x1", "magnitude", 0.5) // whose plan says nothing of these values
		in.Original = m
		in.Cut, _ = m.Clone()
		in.Feeds = feedsOf(m, 2, 3, 1)
		for _, mode := range [][2]bool{{false, false}, {true, false}, {false, true}} {
			alone, later := mode[0], mode[1] && c.want == "r"
			if later { // the cut network comes to the stream after the node
				n := in.Cut.Graph.Nodes
				n[0], n[1] = n[1], n[0]
			}
			w := newWalker(in, way{columns: maxColumns, alone: alone})
			seen := 0
			_ = w.walk(t.Context(), func(n, o *graph.Node) error {
				if n.Out(0).Name != "h" {
					return nil
				}
				seen++
				p := w.problem(n, o)
				p.aim()
				have := ""
				if p.stream != nil {
					have = p.stream.Name
					if p.originalStream != in.Original.Graph.Value(have) {
						t.Errorf("%s: another value in the original", c.nodes)
					}
				}
				want := c.want
				if alone || later {
					want = ""
				}
				if have != want || (p.originalStream != nil) != (want != "") {
					t.Errorf("%s, alone %v, later in the cut network %v: want %q, have %q", c.nodes, alone, later, want, have)
				}
				return errBroken // what stands behind need not run
			})
			if seen != 1 {
				t.Errorf("%s: %d nodes", c.nodes, seen)
			}
		}
	}
}

// No rows are drawn from batches without samples. The other batches share the rows.
func TestBatchesWithoutSamplesHaveNoRows(t *testing.T) {
	was := statistics.RepairSampling
	defer func() { statistics.RepairSampling = was }()
	statistics.RepairSampling = statistics.Sampling{PerColumn: 1, Fewest: 12, Most: 12}
	in := halved(t, weighted(t, networks["matrices"]))
	in.Feeds = slices.Concat(feedsOf(in.Original, 1, 10, 1), feedsOf(in.Original, 1, 5, 1))
	seen := 0
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
		seen++
		y := p.counterpart.Out(0)
		q := *p
		w, original := *p.walker, *p.original
		q.walker, w.original = &w, &original
		original.live = slices.Clone(p.original.live)
		for b, live := range original.live {
			empty := map[*graph.Value]*graph.Tensor{y: live[y]}
			if b == 0 {
				empty[y] = graph.NewTensor(graph.Float32, append([]int{0}, live[y].Shape()[1:]...)...)
			}
			original.live[b] = empty
		}
		train, held := q.draw("label")
		if n := len(train.of[1]) + len(held.of[1]); len(train.of[0])+len(held.of[0]) != 0 || n != min(12, q.rowsOf(q.original.at(y, 1))) {
			t.Errorf("%s: %d rows of no samples, %d of five", p.Node.Title(), len(train.of[0])+len(held.of[0]), n)
		}
		original.live[1] = original.live[0]
		if train, held := q.draw("label"); count(train.of)+count(held.of) != 0 {
			t.Errorf("%s: rows of no samples", p.Node.Title())
		}
	})
	if seen == 0 {
		t.Error("no problem")
	}
}
