package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Takes: atLeastOne(1),
		Name:  "Mod", Doc: "remainder with broadcasting; https://onnx.ai/onnx/operators/onnx__Mod.html",
		Since: 10, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-6},
		Couple:    coupleBroadcastAll,
		Infer:     inferMod, Eval: evalMod,
	})
}

func inferMod(n *graph.Node) ([]graph.Type, error) {
	t, err := inferBroadcast(n, inType(n, 0).DType)
	if err == nil {
		t.Elems = zipElems(n, t, func(x, y graph.Dim) graph.Dim {
			a, okA := x.Int64()
			b, okB := y.Int64()
			if !okA || !okB {
				return graph.Unknown
			}
			r, err := modInts(n)(a, b)
			if err != nil {
				return graph.Unknown
			}
			return graph.Size64(r)
		})
	}
	return []graph.Type{t}, err
}

// modInts returns a remainder with the sign of the divisor or, with the attribute fmod, that of the
// dividend.
func modInts(n *graph.Node) func(x, y int64) (int64, error) {
	fmod := n.Int("fmod", 0) != 0
	return func(x, y int64) (int64, error) {
		if y == 0 {
			return 0, fmt.Errorf("integer division by zero")
		}
		r := x % y
		if !fmod && r != 0 && (r < 0) != (y < 0) {
			r += y
		}
		return r, nil
	}
}

func evalMod(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	f := math.Mod
	if n.Int("fmod", 0) == 0 {
		if in[0].DType().IsFloat() && n.Version < 28 {
			return nil, fmt.Errorf("fmod: want 1 for elements of type %v", in[0].DType())
		}
		f = modFloor
	}
	t, err := combine(in[0], in[1], f, modInts(n))
	return []*graph.Tensor{t}, err
}

// modFloor returns the remainder with the sign of the divisor, which opset 28 defines for floating-point numbers.
func modFloor(x, y float64) float64 {
	r := math.Mod(x, y)
	if r == 0 {
		return math.Copysign(r, y)
	}
	if math.Signbit(r) != math.Signbit(y) {
		r += y
	}
	return r
}
