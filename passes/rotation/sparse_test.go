package rotation_test

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/rotation"
)

// A basis in which zeros would become numbers is no gain: weights of which a quarter or more are zero
// stay as they are, and it is said why. Fewer zeros do not matter.
func TestSparseWeightsAreNotRotated(t *testing.T) {
	for share, want := range map[int]bool{0: true, 8: true, 2: false} { // one weight in so many is zero
		m := network(t, `g (float[N,6] x, float[6,8] w_1, float[8,5] w_2) => (float[N,5] y) { h = MatMul(x, w_1)  y = MatMul(h, w_2) }`)
		before := map[string][]float32{}
		for _, name := range []string{"w_1", "w_2"} {
			v := m.Graph.Value(name)
			w := slices.Clone(graph.Data[float32](v.Const))
			for i := range w {
				if share > 0 && i%share == 0 {
					w[i] = 0
				}
			}
			m.Graph.SetConst(v, graph.TensorOf(w, v.Const.Shape()...))
			before[name] = w
		}
		a := analyse(t, m)
		known := collect(t, m, wanted(a, m), inputs(m, 2, 50, 1))
		all := rotation.Apply(a, known)
		if len(all) != 1 || (rotation.Made(all) == 1) != want || (all[0].Zeros > 0) == want {
			t.Errorf("one in %d is zero: %+v", share, all)
		}
		for name, w := range before {
			if same := slices.Equal(w, graph.Data[float32](m.Graph.Value(name).Const)); same == want {
				t.Errorf("one in %d is zero: %s is the same: %v", share, name, same)
			}
		}
	}
}
