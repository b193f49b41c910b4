package rotation_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/rotation"
)

// Where faint directions are read loudly, float32 weights in the new basis are about as good as those they replace: both
// are told from what the same network computes in float64.
func TestRoundingCostsAboutWhatItDid(t *testing.T) {
	const d = 32
	for _, steep := range []float64{1, 1e2, 1e4, 1e6} {
		r := rand.New(rand.NewPCG(8, 8))
		u, v := orthogonal(r, d), orthogonal(r, d)
		var in, out mat.Dense // x U S V^T, V S^-1 U^T
		s := mat.NewDiagDense(d, nil)
		inverse := mat.NewDiagDense(d, nil)
		for i := range d {
			x := math.Pow(steep, -float64(i)/(d-1))
			s.SetDiag(i, x)
			inverse.SetDiag(i, 1/x)
		}
		in.Mul(u, s)
		in.Mul(&in, v.T())
		out.Mul(v, inverse)
		out.Mul(&out, u.T())
		build := func(float string, dtype graph.DType) *graph.Model {
			m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
net (` + float + `[N,32] x, ` + float + `[32,32] wa, ` + float + `[32,32] wo) => (` + float + `[N,32] y)
{
	a = MatMul(x, wa)
	y = MatMul(a, wo)
}`)
			if err != nil {
				t.Fatal(err)
			}
			g := m.Graph
			for _, w := range []*mat.Dense{&in, &out} {
				value := g.Inputs[1]
				g.Inputs = append(g.Inputs[:1:1], g.Inputs[2:]...)
				c, _ := graph.FromFloats(dtype, w.RawMatrix().Data, d, d)
				g.SetConst(value, c)
			}
			if err := op.InferGraph(g); err != nil {
				t.Fatal(err)
			}
			return m
		}
		fine, coarse := build("double", graph.Float64), build("float", graph.Float32)
		batches := inputs(fine, 1, 400, 2)
		low := []feeds{{}}
		x, _ := graph.Floats(batches[0]["x"])
		low[0]["x"], _ = graph.FromFloats(graph.Float32, x, 400, d)
		x, _ = graph.Floats(low[0]["x"])
		batches[0]["x"], _ = graph.FromFloats(graph.Float64, x, 400, d)

		truth, before := outputs(t, fine, batches), outputs(t, coarse, low)
		a := analyse(t, coarse)
		if list := rotation.Apply(a, collect(t, coarse, rotation.Wants(a, coarse), low)); len(list) != 1 {
			t.Fatal(list)
		}
		after := outputs(t, coarse, low)
		was, is := apart(before, truth), apart(after, truth)
		t.Logf("steep %g: float32 is %.2g from float64 before, %.2g after", steep, was, is)
		if !(is < 2*was) {
			t.Errorf("steep %g: float32 is %g from float64, it was %g", steep, is, was)
		}
	}
}

func orthogonal(r *rand.Rand, d int) *mat.Dense {
	var qr mat.QR
	qr.Factorize(mat.NewDense(d, d, random(r, d*d)))
	var q mat.Dense
	qr.QTo(&q)
	return &q
}
