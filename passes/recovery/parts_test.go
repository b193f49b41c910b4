package recovery

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// An activation that a fit sees is the identity between two numbers; any other is none, and so is a bound that is computed.
func TestBoundsOfActivations(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		opset, node string
		want        *bounds
	}{
		{"13", "y = Relu(x)", &bounds{0, inf}},
		{"13", "y = Sigmoid(x)", nil},
		{"13", "y = com.example.Relu(x)", nil},
		{"13", "y = Clip(x)", &bounds{-inf, inf}},
		{"13", "y = Clip(x, low)", &bounds{-0.5, inf}},
		{"13", "y = Clip(x, , high)", &bounds{-inf, 6}},
		{"13", "y = Clip(x, low, high)", &bounds{-0.5, 6}},
		{"13", "y = Clip(x, z)", nil},
		{"13", "y = Clip(x, low, z)", nil},
		{"13", "y = Clip(x, two)", nil},
		{"11", "y = Clip(x, low)", &bounds{-0.5, inf}},
		{"10", "y = Clip<min = -1.0>(x)", &bounds{-1, float64(float32(inf))}},
		{"6", "y = Clip<min = -1.0, max = 2.0>(x)", &bounds{-1, 2}},
		{"6", "y = Clip<max = 2.0>(x)", &bounds{float64(float32(-inf)), 2}},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["": ` + c.opset + `, "com.example": 1]>
g (float[4] x, float z) => (float[4] y) <float low = {-0.5}, float high = {6}, float[2] two = {0, 1}> { ` + c.node + ` }`)
		if err != nil {
			t.Fatal(err)
		}
		have := boundsOf(m.Graph.Nodes[0])
		if (have == nil) != (c.want == nil) || have != nil && *have != *c.want {
			t.Errorf("%s: want %v, have %v", c.node, c.want, have)
		}
	}
	if boundsOf(nil) != nil {
		t.Error("no node is an activation")
	}
}

// Targets outside of the bounds follow what is predicted as far as that lies beyond the same bound.
func TestTargetsOutsideOfTheBoundsFollowThePrediction(t *testing.T) {
	b := &bounds{-1, 2}
	for _, c := range []struct{ want, predicted, target float32 }{
		{0.5, 7, 0.5}, {0.5, -7, 0.5}, {-0.999, -3, -0.999}, {1.999, 3, 1.999}, // within: as it is
		{-1, -5, -5}, {-3, -5, -5}, {-3, -1, -1}, {-3, 0, -1}, {-3, 9, -1}, // below: as low as it likes, no higher than the bound
		{2, 5, 5}, {4, 3, 3}, {4, 2, 2}, {4, 1, 2}, {4, -9, 2}, // above
	} {
		have := []float32{c.predicted}
		if b.pull(have, have, []float32{c.want}, []float32{0.25}); have[0] != c.target-0.25 {
			t.Errorf("wanted %v, predicted %v: want a target of %v, have %v", c.want, c.predicted, c.target, have[0]+0.25)
		}
	}
	for _, c := range [][2]float64{{-2, -1}, {-1, -1}, {0.5, 0.5}, {2, 2}, {3, 2}} {
		if have := b.clamp(c[0]); have != c[1] {
			t.Errorf("%v becomes %v, want %v", c[0], have, c[1])
		}
	}
	if (*bounds)(nil).clamp(-7) != -7 {
		t.Error("no bounds change a number")
	}
}

// One sample in five is held out, the last of each five, or of all where there are fewer; batches do not matter.
func TestSamplesHeldOut(t *testing.T) {
	feed := func(n int) map[string]*graph.Tensor {
		return map[string]*graph.Tensor{"k": graph.TensorOf([]float32{1}), "x": graph.NewTensor(graph.Float32, n, 2)}
	}
	for _, c := range []struct {
		batches []int
		want    []int
	}{
		{[]int{12}, []int{4, 9}}, {[]int{3, 9}, []int{4, 9}}, {[]int{5, 5}, []int{4, 9}}, {[]int{4}, []int{3}}, {[]int{1, 1, 1}, []int{2}},
		{[]int{1}, []int{0}}, {nil, nil}, {[]int{5}, []int{4}}, {[]int{6}, []int{4}},
	} {
		var feeds []map[string]*graph.Tensor
		for _, n := range c.batches {
			feeds = append(feeds, feed(n))
		}
		if have := HeldOut(passes.Held(feeds)); !slices.Equal(have, c.want) {
			t.Errorf("batches of %v: want %v, have %v", c.batches, c.want, have)
		}
		// Of the rows, those of these samples.
		s := newSplit(batchesOf(passes.Held(feeds)))
		first := 0
		for b, n := range c.batches {
			for row := range 3 * n {
				if have := s.heldOut(b, row, 3*n); have != slices.Contains(c.want, first+row/3) {
					t.Errorf("batches of %v, batch %d, row %d: held out is %v", c.batches, b, row, have)
				}
			}
			first += n
		}
	}
	if have := batchesOf(passes.Held{{"k": feed(3)["k"]}, feed(2)}); !slices.Equal(have, []batch{{0, 1}, {1, 2}}) {
		t.Errorf("a scalar is of one sample: have %v", have)
	}
}

// Positions that are kept, in ranges, and the group that they are of.
func TestPositionsOfGroups(t *testing.T) {
	for _, c := range []struct {
		kept        []int
		from, count int
		want        []int
	}{
		{nil, 2, 3, []int{2, 3, 4}}, {nil, 0, 0, []int{}}, {[]int{1, 4, 6, 7}, 0, 2, []int{1, 4}}, {[]int{1, 4, 6, 7}, 2, 2, []int{6, 7}},
		{[]int{1, 4, 6, 7}, 3, 2, nil}, {[]int{1}, 0, 1, []int{1}},
	} {
		if have := positions(c.kept, c.from, c.count); !slices.Equal(have, c.want) {
			t.Errorf("%v from %d: want %v, have %v", c.kept, c.from, c.want, have)
		}
	}
	for _, c := range []struct {
		at    []int
		each  int
		group int
		ok    bool
	}{{[]int{0, 3}, 4, 0, true}, {[]int{4, 7}, 4, 1, true}, {[]int{3, 4}, 4, 0, false}, {[]int{8, 9, 12}, 4, 0, false}, {nil, 4, 0, false}, {[]int{5}, 1, 5, true}} {
		if g, ok := sameGroup(c.at, c.each); g != c.group || ok != c.ok {
			t.Errorf("%v of %d each: want %d %v, have %d %v", c.at, c.each, c.group, c.ok, g, ok)
		}
	}
	if count([][]int{{1, 2}, nil, {3}}) != 3 {
		t.Error("three rows are not counted as three")
	}
}

// What a group still has of the original, in a convolution of which groups and the channels within both were cut: columns are
// those of the kept channels, taps and all, in the original's group.
func TestColumnsThatAreLeft(t *testing.T) {
	for name, text := range networks {
		in := halved(t, weighted(t, text))
		in.Feeds = feedsOf(in.Original, 1, 5, 1)
		eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
			c := p.columns(g)
			if c == nil {
				return
			}
			label := name + ", " + p.Node.Title()
			inputs := in.Analysis.Kept(in.Plan, p.full.X(), p.full.In)
			each := p.full.Cols / p.full.Taps
			var kept, removed []int
			for i := range p.full.Cols {
				if at := c.group*each + i/p.full.Taps; inputs == nil || slices.Contains(inputs, at) {
					kept = append(kept, i)
				} else {
					removed = append(removed, i)
				}
			}
			if !slices.Equal(c.kept, kept) || !slices.Equal(c.removed, removed) || len(c.kept) != p.Cols {
				t.Errorf("%s, group %d: want %v and %v, have %v and %v", label, g, kept, removed, c.kept, c.removed)
			}
			// The cut node's weights are those of the columns that are left.
			full := p.full.Weights()
			for o, out := range c.outs {
				if out/p.full.Outs != c.group {
					t.Errorf("%s: output %d is not of group %d", label, out, c.group)
				}
				for i, k := range c.kept {
					if full[out*p.full.Cols+k] != p.weights[(g*p.Outs+o)*p.Cols+i] {
						t.Fatalf("%s, group %d: column %d of output %d is not what was kept", label, g, i, o)
					}
				}
			}
		})
	}
}

// From the moments of the original's inputs: the energy of what a node gives, and of what is missing once columns are gone
// and others changed, are means over the rows.
func TestEnergiesFromMomentsAreMeansOverRows(t *testing.T) {
	const rows, cols, outs = 60, 7, 4
	r := rand.New(rand.NewPCG(2, 2))
	x, weights, bias := normal(r, rows*cols), normal(r, outs*cols), normal(r, outs)
	for i := range x {
		x[i] += 0.5
	}
	g := statistics.NewGram(1, cols)
	g.Add(0, rounded(x), rows, 1)
	g.Rows = rows
	c := &columns{outs: []int{3, 1}, kept: []int{0, 2, 5}, removed: []int{1, 3, 4, 6}}
	for _, biased := range []bool{false, true} {
		b := bias
		if !biased {
			b = nil
		}
		for _, d := range [][]float64{nil, normal(r, 4*2)} {
			energy, apart := 0.0, 0.0
			for i := range rows {
				for o, out := range c.outs {
					full, less := 0.0, 0.0
					if biased {
						full, less = bias[out], bias[out]
						if d != nil {
							less += d[3*2+o]
						}
					}
					for k := range cols {
						full += x[i*cols+k] * weights[out*cols+k]
					}
					for at, k := range c.kept {
						w := weights[out*cols+k]
						if d != nil {
							w += d[at*2+o]
						}
						less += x[i*cols+k] * w
					}
					energy += full * full / rows
					apart += (full - less) * (full - less) / rows
				}
			}
			on := c.judging(g, weights, b)
			haveEnergy, haveApart := on.energy, on.apart(d)
			if math.Abs(haveEnergy-energy) > 1e-6*energy || math.Abs(haveApart-apart) > 1e-6*energy {
				t.Errorf("bias %v, change %v: want %g and %g, have %g and %g", biased, d != nil, energy, apart, haveEnergy, haveApart)
			}
		}
	}
}

// An output is judged by itself, behind its activation, for each of the ways that it may become.
func TestOutputsAreJudgedEachByItself(t *testing.T) {
	in := halved(t, weighted(t, networks["residual"]))
	in.Feeds = feedsOf(in.Original, 3, 10, 1)
	seen := 0
	eachProblem(t, in, way{columns: math.MaxInt, alone: true}, func(p *problem, g int, train, held rows) {
		seen++
		ways := [][]affine{make([]affine, p.Outs), make([]affine, p.Outs)}
		for i := range p.Outs {
			ways[0][i], ways[1][i] = affine{1, 0}, affine{1 + float64(i)/3, 0.1 * float64(i)}
		}
		apart, energy, err := p.judgeEach(g, held, ways...)
		if err != nil {
			t.Fatal(err)
		}
		_, want, have := flattened(t, p, g, held)
		for i := range p.Outs {
			e, a := 0.0, []float64{0, 0}
			for row := range want {
				w := p.bounds.clamp(want[row][i])
				e += w * w
				for k, to := range ways {
					h := p.bounds.clamp(to[i].scale*have[row][i] + to[i].shift)
					a[k] += (w - h) * (w - h)
				}
			}
			if math.Abs(energy[i]-e) > 1e-9*e || math.Abs(apart[0][i]-a[0]) > 1e-9*e || math.Abs(apart[1][i]-a[1]) > 1e-9*e {
				t.Errorf("%s, output %d: want %g and %v, have %g, %g, %g", p.Node.Title(), i, e, a, energy[i], apart[0][i], apart[1][i])
			}
		}
		// An affine change of the weights and the bias is one of what they give.
		change := make([]float64, (p.Cols+p.ones())*p.Outs)
		for i := range p.Outs {
			p.affine(change, g, i, ways[1][i])
		}
		x, _, have := flattened(t, p, g, held)
		for row := range x {
			for i := range p.Outs {
				z := have[row][i]
				for c, v := range x[row] {
					z += v * change[c*p.Outs+i]
				}
				shift := ways[1][i].shift
				if p.bias == nil {
					shift = 0
				}
				if to := ways[1][i].scale*have[row][i] + shift; math.Abs(z-to) > 1e-5*(1+math.Abs(to)) {
					t.Fatalf("%s: %g becomes %g, want %g", p.Node.Title(), have[row][i], z, to)
				}
			}
		}
	})
	if seen < 3 {
		t.Errorf("%d nodes", seen)
	}
}

// Deviations that are nothing, or whose quotient is no number, are left as they are.
func TestRatiosOfDeviations(t *testing.T) {
	for _, c := range [][3]float64{{4, 1, 2}, {1, 4, 0.5}, {0, 1, 1}, {1, 0, 1}, {-1, 1, 1}, {1, -1, 1}, {1e300, 1e-300, 1}, {math.NaN(), 1, 1}} {
		if have := ratio(c[0], c[1]); have != c[2] {
			t.Errorf("%g to %g: want %g, have %g", c[0], c[1], c[2], have)
		}
	}
	if have := (&pairs{}).match(true); have != (affine{1, 0}) {
		t.Errorf("of no rows: %v", have)
	}
	// What does not vary is shifted only.
	var still pairs
	for range 3 {
		still.add(&pairs{1, 2, 5, 4, 25})
	}
	if have := still.match(true); have != (affine{1, 3}) {
		t.Errorf("have %v, want a shift of 3", have)
	}
}

// The error at the outputs is the sum, over outputs, of the difference on the samples held out as a fraction of the original's own energy
// there.
func TestTheErrorAtTheOutputs(t *testing.T) {
	text := `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,3] x, float[3,8] w_1, float[8,4] w_2, float[8,2] w_3) => (float[N,4] y, float[N,2] z)
{
   h = MatMul(x, w_1)
   y = MatMul(h, w_2)
   z = MatMul(h, w_3)
}`
	in := halved(t, weighted(t, text))
	in.Feeds = feedsOf(in.Original, 3, 7, 6)
	w := &walker{Input: in, split: newSplit(batchesOf(in.Feeds))}
	w.original = finished(t, in, in.Original)
	have, known := w.outputError(w.results(finished(t, in, in.Cut)))
	original, cut := watched(t, in.Original, in.Feeds.(passes.Held)), watched(t, in.Cut, in.Feeds.(passes.Held))
	want := 0.0
	for _, name := range []string{"y", "z"} {
		apart, energy := 0.0, 0.0
		for b := range in.Feeds.(passes.Held) {
			x, y := linear.Floats(original[name][b]), linear.Floats(cut[name][b])
			for i := range x {
				if sample := 7*b + i/(len(x)/7); sample%5 == 4 {
					apart += (x[i] - y[i]) * (x[i] - y[i])
					energy += x[i] * x[i]
				}
			}
		}
		want += apart / energy / 2 // there are two outputs
	}
	if !known || math.Abs(have-want) > 1e-5*want {
		t.Errorf("want %g, have %g (%v)", want, have, known)
	}
}
