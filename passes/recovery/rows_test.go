package recovery

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/runtime"
)

// watched is every input and every computed value of a model, by name and batch, from a run of the whole of it.
func watched(t *testing.T, m *graph.Model, feeds []map[string]*graph.Tensor) map[string][]*graph.Tensor {
	t.Helper()
	c, _ := m.Clone()
	for _, n := range c.Graph.Nodes {
		for _, v := range n.Outputs() {
			if v != nil && !v.IsOutput() {
				c.Graph.Outputs = append(c.Graph.Outputs, v)
			}
		}
	}
	all := map[string][]*graph.Tensor{}
	for _, f := range feeds {
		out, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), c, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, values := range []map[string]*graph.Tensor{f, out} {
			for name, x := range values {
				all[name] = append(all[name], x)
			}
		}
	}
	return all
}

// rowsOf takes a value apart as its problem does: a row for each index of the other axes, a column for each output of a group.
// Of the original, kept says which positions of each axis the cut network has; nil is all.
func rowsOf(x *graph.Tensor, out, group, outs int, kept [][]int) (rows [][]float64) {
	shape, data := x.Shape(), linear.Floats(x)
	at := func(index []int) float64 {
		i := 0
		for d, n := range shape {
			k := index[d]
			if kept[d] != nil {
				k = kept[d][k]
			}
			i = i*n + k
		}
		return data[i]
	}
	extents := slices.Clone(shape)
	for d := range extents {
		if kept[d] != nil {
			extents[d] = len(kept[d])
		}
	}
	extents[out] = 1
	index := make([]int, len(shape))
	var visit func(d int)
	visit = func(d int) {
		if d == len(shape) {
			row := make([]float64, outs)
			for j := range outs {
				index[out] = group*outs + j
				row[j] = at(index)
			}
			index[out] = 0
			rows = append(rows, row)
			return
		}
		for index[d] = range extents[d] {
			visit(d + 1)
		}
		index[d] = 0
	}
	visit(0)
	return rows
}

// more are networks of which the rows are told apart in other ways: an axis of rows is cut too, a stream comes from behind, an
// activation has two bounds.
var more = map[string]string{
	"rows that are cut": `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,3,6] x, float[8,3] w_1, float[6,4] w_2, float[4] w_b2, float[4,5] w_3, float[5,8] w_4) => (float[N,5,5] y)
{
   h = MatMul(w_1, x)
   k = MatMul(h, w_2)
   b = Add(k, w_b2)
   r = Relu(b)
   l = MatMul(r, w_3)
   y = MatMul(w_4, l)
}`,
	"groups with a bias": `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,4,5,5] x, float[8,2,3,3] w_1, float[8] w_b1, float[6,4,1,1] w_2, float[6] w_b2, float[3,6,1,1] w_3) => (float[N,3,3,3] y)
{
   a = Conv<group = 2>(x, w_1, w_b1)
   r = Relu(a)
   b = Conv<group = 2>(r, w_2, w_b2)
   y = Conv(b, w_3)
}`,
	"clipped stream": `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,3,5,5] x, float[8,3,3,3] w_1, float[8] w_b1, float[6,8,1,1] w_2, float[6] w_b2, float[6,3,3,3] w_3, float[6] w_b3, float[4,6,3,3] w_4) => (float[N,4,3,3] y)
<float low = {-0.25}, float high = {0.5}>
{
   a = Conv<pads = [1, 1, 1, 1]>(x, w_1, w_b1)
   r = Relu(a)
   s = Conv(r, w_2, w_b2)
   l = Conv<pads = [1, 1, 1, 1]>(x, w_3, w_b3)
   z = Add(l, s)
   c = Clip(z, low, high)
   y = Conv(c, w_4)
}`,
}

// eachProblem calls visit for every group of every node that a method repairs, and changes nothing.
func eachProblem(t *testing.T, in Input, how way, visit func(p *problem, g int, train, held rows)) {
	t.Helper()
	how.group = func(p *problem, g int, train, held rows) outcome {
		visit(p, g, train, held)
		return outcome{}
	}
	if _, err := walk(t.Context(), in, how); err != nil {
		t.Fatal(err)
	}
}

// What a problem learns from are the original's results and the cut network's at the same places, with the stream that they are
// added to: what running both networks as wholes gives there. Every row is learnt from or held out, and samples are not divided.
func TestRowsAreWhatBothNetworksHaveAtTheSamePlaces(t *testing.T) {
	seen, streams, cutRows := 0, 0, 0
	for _, table := range []map[string]string{networks, more} {
		for name, text := range table {
			in := halved(t, weighted(t, text))
			in.Feeds = feedsOf(in.Original, 3, 4, 1)
			original, cut := watched(t, in.Original, in.Feeds), watched(t, in.Cut, in.Feeds)
			eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, held rows) {
				seen++
				label := name + ", " + p.Node.Title()
				result := p.full.Result
				kept := make([][]int, len(result.Type.Shape))
				for d := range kept {
					kept[d] = in.Analysis.Kept(in.Plan, result, d)
					if d != p.Out && kept[d] != nil {
						cutRows++
					}
				}
				none := make([][]int, len(kept))
				for b := range in.Feeds {
					want := rowsOf(original[result.Name][b], p.Out, g, p.Outs, kept)
					have := rowsOf(cut[p.Result.Name][b], p.Out, g, p.Outs, none)
					if p.stream != nil {
						streams++
						add(want, rowsOf(original[p.stream.Name][b], p.Out, g, p.Outs, kept))
						add(have, rowsOf(cut[p.stream.Name][b], p.Out, g, p.Outs, none))
					}
					all := slices.Concat(train.of[b], held.of[b])
					slices.Sort(all)
					for i, r := range all {
						if i != r {
							t.Fatalf("%s: rows %v", label, all)
						}
					}
					if len(all) != len(have) || len(want) != len(have) {
						t.Fatalf("%s: %d rows, want %d of %d", label, len(all), len(have), len(want))
					}
					s, err := slabOf(p, b, g, all)
					if err != nil {
						t.Fatal(err)
					}
					for i := range all {
						if d := max(apart(widened(s.want[i*p.Outs:][:p.Outs]), want[i]), apart(widened(s.have[i*p.Outs:][:p.Outs]), have[i])); d > 1e-5 {
							t.Fatalf("%s, batch %d, row %d: off by %g", label, b, i, d)
						}
						if p.bias != nil && s.x[i*s.ld+s.ld-1] != 1 {
							t.Fatalf("%s: no one for the bias", label)
						}
					}
					perSample := len(have) / 4
					for _, r := range held.of[b] {
						if sample := 4*b + r/perSample; sample%Folds != Folds-1 {
							t.Errorf("%s: row %d of batch %d, of sample %d, is held out", label, r, b, sample)
						}
					}
					for _, r := range train.of[b] {
						if sample := 4*b + r/perSample; sample%Folds == Folds-1 {
							t.Errorf("%s: row %d of batch %d, of sample %d, is learnt from", label, r, b, sample)
						}
					}
				}
			})
		}
	}
	if seen < 20 || streams == 0 || cutRows == 0 {
		t.Errorf("%d groups, %d with a stream, %d with rows that are cut", seen, streams, cutRows)
	}
}

func add(a, b [][]float64) {
	for i := range a {
		for j := range a[i] {
			a[i][j] += b[i][j]
		}
	}
}

// slabOf is some rows of one batch.
func slabOf(p *problem, batch, group int, rows []int) (*slab, error) {
	t := part{batch: batch, rows: rows}
	p.locate(&t)
	return p.slab(group, []part{t})
}

// flattened is all rows of a group: what they are to have, what they have, and what the weights multiply, ones included.
func flattened(t *testing.T, p *problem, g int, over rows) (x, want, have [][]float64) {
	t.Helper()
	for b, drawn := range over.of {
		if len(drawn) == 0 {
			continue
		}
		s, err := slabOf(p, b, g, drawn)
		if err != nil {
			t.Fatal(err)
		}
		for i := range drawn {
			x = append(x, widened(s.x[i*s.ld:][:s.ld]))
			want, have = append(want, widened(s.want[i*p.Outs:][:p.Outs])), append(have, widened(s.have[i*p.Outs:][:p.Outs]))
		}
	}
	return x, want, have
}

// slowError is the energy of the difference behind the activation after a change d, and the original's.
func slowError(p *problem, x, want, have [][]float64, d []float64) (energy, apart float64) {
	clamp := func(v float64) float64 {
		if p.bounds != nil {
			v = math.Min(math.Max(v, p.bounds.low), p.bounds.high)
		}
		return v
	}
	for i := range x {
		for j := range want[i] {
			z := have[i][j]
			for c, v := range x[i] {
				if d != nil {
					z += v * d[c*p.Outs+j]
				}
			}
			w := clamp(want[i][j])
			energy += w * w
			apart += (w - clamp(z)) * (w - clamp(z))
		}
	}
	return energy, apart
}

// gradient is that of the ridge problem at d, of the residuals behind no activation: zero at the solution of the normal equations.
func gradient(p *problem, x, want, have [][]float64, d []float64, lambda float64) (g []float64, scale float64) {
	cols := len(x[0])
	g = make([]float64, len(d))
	for i := range x {
		for j := range want[i] {
			r := want[i][j] - have[i][j]
			for c := range cols {
				r -= x[i][c] * d[c*p.Outs+j]
			}
			for c := range cols {
				g[c*p.Outs+j] -= x[i][c] * r
				scale = max(scale, math.Abs(x[i][c]*(want[i][j]-have[i][j])))
			}
		}
	}
	for i := range d {
		g[i] += lambda * d[i]
	}
	return g, scale * float64(len(x))
}

func norm(v []float64) float64 {
	most := 0.0
	for _, x := range v {
		most = max(most, math.Abs(x))
	}
	return most
}

// Energies and errors of a fit are what adding them up row by row gives; the error on the rows held out falls, and where no
// activation stands behind, the change solves the normal equations of all rows at one of the strengths.
func TestAFitIsWhatItsRowsSay(t *testing.T) {
	solved, clamped := 0, 0
	for _, table := range []map[string]string{networks, more} {
		for name, text := range table {
			in := halved(t, weighted(t, text))
			in.Feeds = feedsOf(in.Original, 6, 20, 1)
			for _, method := range []struct {
				name  string
				group func(*problem, int, rows, rows) outcome
				how   way
			}{
				{"leastsquares", fit(fitRidge).group, way{columns: maxColumns}},
				{"bias", fitBias.group, way{}},
				{"merge", mergeGroup, way{columns: maxColumns}},
				{"variance", matchVariance, way{columns: math.MaxInt, alone: true}},
			} {
				eachProblem(t, in, method.how, func(p *problem, g int, train, held rows) {
					label := name + ", " + method.name + ", " + p.Node.Title()
					o := method.group(p, g, train, held)
					if o.err != nil {
						t.Fatalf("%s: %v", label, o.err)
					}
					x, want, have := flattened(t, p, g, held)
					energy, before := slowError(p, x, want, have, nil)
					near := func(what string, w, h float64) {
						if math.Abs(w-h) > 1e-6*(math.Abs(w)+1e-9*energy) && math.Abs(w-h) > 1e-12*energy {
							t.Errorf("%s: %s is %g, want %g", label, what, h, w)
						}
					}
					if method.name == "merge" && o.energy == 0 {
						return // nothing is removed of what it reads
					}
					if o.change == nil {
						if o.after != o.before {
							t.Errorf("%s: no change, and the error goes from %g to %g", label, o.before, o.after)
						}
						if p.bounds != nil { // where nothing was tried, energies are those in front of the activation
							return
						}
					}
					near("the energy", energy, o.energy)
					near("the error before", before, o.before)
					if o.change == nil {
						return
					}
					_, after := slowError(p, x, want, have, o.change)
					if method.name == "merge" { // learnt from all rows in the end, which is to be no worse than nothing
						o.after = max(o.after, after)
					}
					if !(o.after < o.before) || after > o.after*(1+1e-6)+1e-12*energy {
						t.Errorf("%s: the error goes from %g to %g, it is %g", label, o.before, o.after, after)
					}
					if p.bounds != nil {
						clamped++
						return
					}
					if method.name != "leastsquares" {
						return
					}
					x2, want2, have2 := flattened(t, p, g, train)
					x, want, have = append(x, x2...), append(want, want2...), append(have, have2...)
					trace := 0.0
					for _, row := range x {
						for _, v := range row {
							trace += v * v
						}
					}
					least := math.Inf(1)
					for _, s := range strengths {
						grad, scale := gradient(p, x, want, have, o.change, s*trace/float64(len(x[0])))
						least = min(least, norm(grad)/scale)
					}
					if solved++; least > 1e-6 {
						// What was learnt without the rows held out stands where all rows are worse on these.
						x, want, have = x2, want2, have2
						trace = 0
						for _, row := range x {
							for _, v := range row {
								trace += v * v
							}
						}
						for _, s := range strengths {
							grad, scale := gradient(p, x, want, have, o.change, s*trace/float64(len(x[0])))
							least = min(least, norm(grad)/scale)
						}
						if least > 1e-6 {
							t.Errorf("%s: the normal equations are off by %g", label, least)
						}
					}
				})
			}
		}
	}
	if solved < 10 || clamped < 10 {
		t.Errorf("%d solutions, %d behind activations", solved, clamped)
	}
}
