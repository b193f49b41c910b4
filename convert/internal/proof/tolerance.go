package proof

import "github.com/pollard-dev/pollard/graph"

// Tolerance bounds the difference between cut and mask as a fraction of the largest magnitude of an
// output. Both compute in float32 and add the same numbers in different orders; a wrong cut differs
// by as much as the output itself.
const Tolerance = 1e-4

// halfUnits is the tolerance of models that store halves, in units of what one rounding may change. It is
// for the tens of layers through which the difference of a rounding passes; most are rounded the same
// in both models.
const halfUnits = 16

// ToleranceOf returns the tolerance for m: Tolerance, or more if m rounds its values to float16 or
// bfloat16.
func ToleranceOf(m *graph.Model) float64 {
	t := Tolerance
	var see func(g *graph.Graph)
	see = func(g *graph.Graph) {
		for _, n := range g.Nodes {
			for _, v := range n.Outputs() {
				switch {
				case v == nil:
				case v.Type.DType == graph.Float16:
					t = max(t, halfUnits*0x1p-11)
				case v.Type.DType == graph.BFloat16:
					t = max(t, halfUnits*0x1p-8)
				}
			}
			for _, sub := range n.Subgraphs() {
				see(sub)
			}
		}
	}
	see(m.Graph)
	return t
}
