package rotation_test

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// lost is the energy of what a cut changes in the outputs over theirs.
func lost(t *testing.T, m *graph.Model, a *group.Analysis, g *group.Group, kept []int, batches []feeds, want []float64) float64 {
	t.Helper()
	c, err := surgery.Cut(m, a, &group.Plan{Kept: map[*group.Group][]int{g: kept}})
	if err != nil {
		t.Fatal(err)
	}
	apart, energy := 0.0, 0.0
	for i, x := range outputs(t, c, batches) {
		apart += (x - want[i]) * (x - want[i])
		energy += want[i] * want[i]
	}
	return apart / energy
}

// The first half of the units after a rotation is worth more than any half before it, the one that OBS would keep among them.
func TestFirstHalfIsBetterThanAnyHalfBefore(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"queries and keys", `net (float[N,6,10] x, float[10,16] wq, float[10,16] wk) => (float[N,2,6,6] y)
	<int64[4] heads = {0, 6, 2, 8}>
{
	q0 = MatMul(x, wq)
	q1 = Reshape(q0, heads)
	q = Transpose<perm = [0, 2, 1, 3]>(q1)
	k0 = MatMul(x, wk)
	k1 = Reshape(k0, heads)
	k = Transpose<perm = [0, 2, 3, 1]>(k1)
	y = MatMul(q, k)
}`},
		{"values", `net (float[N,6,10] x, float[N,2,6,6] z, float[10,16] wv, float[16] wb, float[16,12] wo, float[12] wc) => (float[N,6,12] y)
	<int64[4] heads = {0, 6, 2, 8}, int64[3] flat = {0, 6, 16}>
{
	v0 = MatMul(x, wv)
	vb = Add(v0, wb)
	v1 = Reshape(vb, heads)
	v = Transpose<perm = [0, 2, 1, 3]>(v1)
	p = Softmax<axis = -1>(z)
	o = MatMul(p, v)
	o1 = Transpose<perm = [0, 2, 1, 3]>(o)
	o2 = Reshape(o1, flat)
	o3 = MatMul(o2, wo)
	y = Add(o3, wc)
}`},
		{"a stream", `net (float[N,3,7,7] x, float[8,3,3,3] w1, float[5,8,1,1] w2, float[7,8,3,3] w3) => (float[N,5,5,5] y, float[N,7,5,5] z)
{
	a = Conv(x, w1)
	y = Conv(a, w2)
	z = Conv<pads = [1, 1, 1, 1]>(a, w3)
}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := network(t, c.text)
			a := analyse(t, m)
			i := slices.IndexFunc(a.Groups, func(g *group.Group) bool { return g.Units == 8 })
			g := a.Groups[i]
			batches := inputs(m, 1, 60, 7)
			want := outputs(t, m, batches)
			s := collect(t, m, wanted(a, m), batches)
			best := math.Inf(1)
			for set := range uint(1 << 8) {
				if bits.OnesCount(set) == 4 {
					var kept []int
					for u := range 8 {
						if set>>u&1 == 1 {
							kept = append(kept, u)
						}
					}
					best = min(best, lost(t, m, a, g, kept, batches, want))
				}
			}
			score := func() []int {
				criterion, err := saliency.Lookup("obs")
				if err != nil {
					t.Fatal(err)
				}
				scores, err := saliency.Scores(t.Context(), criterion, saliency.Input{Model: m, Original: m, Analysis: a, Statistics: s, Threads: 1})
				if err != nil {
					t.Fatal(err)
				}
				units := []int{0, 1, 2, 3, 4, 5, 6, 7}
				slices.SortFunc(units, func(x, y int) int {
					if scores[g][x] > scores[g][y] {
						return -1
					}
					return 1
				})
				kept := slices.Clone(units[:4])
				slices.Sort(kept)
				return kept
			}
			obs := lost(t, m, a, g, score(), batches, want)
			if len(rotation.Apply(a, s)) == 0 {
				t.Fatal("nothing was rotated")
			}
			if kept := score(); !slices.Equal(kept, []int{0, 1, 2, 3}) {
				t.Errorf("OBS keeps %v of the new units", kept)
			}
			first := lost(t, m, a, g, []int{0, 1, 2, 3}, batches, want)
			t.Logf("lost of the energy: %.4f by the best half, %.4f by that of OBS, %.4f by the first half after rotation", best, obs, first)
			if !(first < best) {
				t.Errorf("the first half loses %g, the best before %g", first, best)
			}
		})
	}
}

// Eckart and Young: of queries and keys that are independent, with second moments Q and K, the products lose the sum of the squares
// of the singular values of Q^1/2 K^1/2 that belong to the dimensions cut.
func TestProductsLoseTheSquaresOfTheLastSingularValues(t *testing.T) {
	m := network(t, `net (float[N,40,9] x, float[N,50,7] z, float[9,6] wq, float[7,6] wk, float[6] wb) => (float[N,40,50] y)
{
	q = MatMul(x, wq)
	k0 = MatMul(z, wk)
	k1 = Add(k0, wb)
	k = Transpose<perm = [0, 2, 1]>(k1)
	y = MatMul(q, k)
}`)
	a := analyse(t, m)
	g := a.Groups[0]
	batches := inputs(m, 1, 1, 3)
	// Of one sample all queries meet all keys, so that they are independent exactly.
	q, k := moments(batches[0]["x"], m, "wq", ""), moments(batches[0]["z"], m, "wk", "wb")
	var svd mat.SVD
	var product mat.Dense
	product.Mul(root(q), root(k))
	svd.Factorize(&product, mat.SVDNone)
	values := svd.Values(nil)
	want := outputs(t, m, batches)
	energy := 0.0
	for _, x := range want {
		energy += x * x / float64(len(want))
	}
	if list := rotation.Apply(a, collect(t, m, rotation.Wants(a, m), batches)); len(list) != 1 {
		t.Fatal(list)
	}
	for r := range 6 {
		tail := 0.0
		for _, v := range values[r:] {
			tail += v * v
		}
		if r == 0 {
			if math.Abs(energy-tail) > 1e-5*energy {
				t.Errorf("energy %g, sum of squares %g", energy, tail)
			}
			continue
		}
		kept := []int{0, 1, 2, 3, 4, 5}[:r]
		have := lost(t, m, a, g, kept, batches, want) * energy
		t.Logf("%d of 6: lost %.6g of %.6g, the sum of squares is %.6g", r, have, energy, tail)
		if math.Abs(have-tail) > 1e-6*energy {
			t.Errorf("%d of 6: lost %g, want %g", r, have, tail)
		}
	}
}

// moments is the second moments of the rows of x times w plus b.
func moments(x *graph.Tensor, m *graph.Model, w, b string) *mat.SymDense {
	of := func(t *graph.Tensor, cols int) *mat.Dense {
		v, _ := graph.Floats(t)
		return mat.NewDense(len(v)/cols, cols, v)
	}
	var rows mat.Dense
	weights := m.Graph.Value(w).Const
	rows.Mul(of(x, weights.Shape()[0]), of(weights, weights.Shape()[1]))
	n, d := rows.Dims()
	if b != "" {
		bias, _ := graph.Floats(m.Graph.Value(b).Const)
		for i := range n {
			for j := range d {
				rows.Set(i, j, rows.At(i, j)+bias[j])
			}
		}
	}
	out := mat.NewSymDense(d, nil)
	out.SymOuterK(1/float64(n), rows.T())
	return out
}

func root(m *mat.SymDense) *mat.Dense {
	var e mat.EigenSym
	e.Factorize(m, true)
	var v, out mat.Dense
	e.VectorsTo(&v)
	half := mat.DenseCopyOf(&v)
	for k, x := range e.Values(nil) {
		for i := range m.SymmetricDim() {
			half.Set(i, k, v.At(i, k)*math.Sqrt(max(x, 0)))
		}
	}
	out.Mul(half, v.T())
	return &out
}

// Units that are dead, constant or the same cost nothing: float32 weights in the new basis compute what was computed.
func TestDegenerateStreams(t *testing.T) {
	const text = `net (float[N,10] x, float[10,8] wa, float[8] wb, float[8,5] wo, float[5] wc) => (float[N,5] y)
{
	a = MatMul(x, wa)
	b = Add(a, wb)
	c = MatMul(b, wo)
	y = Add(c, wc)
}`
	run := func(seed uint64) []float64 {
		m := network(t, text)
		w := graph.Data[float32](m.Graph.Value("wa").Const)
		b := graph.Data[float32](m.Graph.Value("wb").Const)
		r := rand.New(rand.NewPCG(seed, 9))
		for i := range 10 {
			row := w[i*8:]
			row[0] = 0      // dead
			row[1] = 0      // constant
			row[3] = row[2] // the same
			row[4] *= 1e-4  // faint
			row[5] *= 1e4   // loud
			row[7] = row[6] + 1e-3*row[7]*float32(r.NormFloat64())
		}
		b[0], b[1] = 0, 100
		a := analyse(t, m)
		batches := inputs(m, 1, 500, seed)
		s := collect(t, m, wanted(a, m), batches)
		before := outputs(t, m, batches)
		if list := rotation.Apply(a, s); len(list) != 1 {
			t.Fatal(list)
		}
		after := outputs(t, m, batches)
		d := apart(after, before)
		t.Logf("%.2g apart", d)
		if !(d < 1e-6) {
			t.Errorf("outputs are %g apart", d)
		}
		for _, name := range []string{"wa", "wb", "wo"} {
			after = append(after, slices.Collect(values(m.Graph.Value(name).Const))...)
		}
		return after
	}
	for seed := range uint64(5) {
		if !slices.Equal(run(seed), run(seed)) {
			t.Error("two runs differ")
		}
	}
}

func values(t *graph.Tensor) func(func(float64) bool) {
	v, _ := graph.Floats(t)
	return slices.Values(v)
}
