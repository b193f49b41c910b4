package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "LpNormalization", Doc: "division by the L1 or L2 norm along axis; https://onnx.ai/onnx/operators/onnx__LpNormalization.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Infer:     inferLpNormalization,
		Couple:    coupleSame, // zeroes add nothing to a norm
		Grad:      gradLpNormalization, Eval: evalLpNormalization,
	})
}

// lpNorm decodes axis and p.
func lpNorm(n *graph.Node, rank int) (axis, p int, err error) {
	if p = n.Int("p", 2); p != 1 && p != 2 {
		return 0, 0, fmt.Errorf("p: want 1 or 2, have %d", p)
	}
	axis, err = normalAxis(n.Int("axis", -1), rank)
	return axis, p, err
}

func inferLpNormalization(n *graph.Node) ([]graph.Type, error) {
	if x := inShape(n, 0); x != nil {
		if _, _, err := lpNorm(n, len(x)); err != nil {
			return nil, err
		}
	}
	return inferSame(n)
}

func evalLpNormalization(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	axis, p, err := lpNorm(n, in[0].Rank())
	if err != nil {
		return nil, err
	}
	return onLanes(in[0], lanesOver(in[0].Shape(), axis, axis+1), func(lane []float64) {
		norm := 0.0
		for _, x := range lane {
			norm += math.Pow(math.Abs(x), float64(p))
		}
		if p == 2 {
			norm = math.Sqrt(norm)
		}
		if norm == 0 { // a line of zeroes stays one
			return
		}
		for i := range lane {
			lane[i] /= norm
		}
	})
}

// gradLpNormalization: dx = (dy - s sum of dy y) / norm, where s is y for the norm of order 2 and the sign of y for that of
// order 1.
func gradLpNormalization(b *Backward) error {
	if !b.wants(0) {
		return nil
	}
	x, y, g := b.in(0), b.out(0), b.grad(0)
	axis, err := normalAxis(b.Node.Int("axis", -1), len(b.dims(x)))
	if err != nil {
		return err
	}
	norm, along := "ReduceL2", y
	if b.Node.Int("p", 2) == 1 {
		norm, along = "ReduceL1", b.add("Sign", []*graph.Value{y})
	}
	least := b.add("Max", []*graph.Value{b.reduce(norm, x, axis), b.number(x, 1e-30)}) // lines of zeros stay zeros
	inside := b.sub(g, b.mul(along, b.reduce("ReduceSum", b.mul(g, y), axis)))
	b.set(0, b.add("Div", []*graph.Value{inside, least}))
	return nil
}
