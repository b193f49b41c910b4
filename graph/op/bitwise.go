package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// bitwise are the operators on the bits of integers; https://onnx.ai/onnx/operators/ has
// a page for each.
var bitwise = []struct {
	name  string
	since int
	f     func(x, y int64) int64
}{
	{"BitwiseAnd", 18, func(x, y int64) int64 { return x & y }},
	{"BitwiseOr", 18, func(x, y int64) int64 { return x | y }},
	{"BitwiseXor", 18, func(x, y int64) int64 { return x ^ y }},
	{"BitShift", 11, nil}, // as its attribute says
}

func init() {
	for _, b := range bitwise {
		register(Def{
			Name: b.name, Doc: b.name + " with broadcasting; https://onnx.ai/onnx/operators/onnx__" + b.name + ".html",
			Since: b.since, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
			Tolerance: Exact,
			Couple:    coupleBroadcastAll,
			Infer: func(n *graph.Node) ([]graph.Type, error) {
				t, err := inferBroadcast(n, inType(n, 0).DType)
				return []graph.Type{t}, err
			},
			Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
				f, err := b.f, error(nil)
				if f == nil {
					f, err = shift(n)
				}
				if err == nil && !in[0].DType().IsInt() {
					err = fmt.Errorf("elements of type %v are not supported", in[0].DType())
				}
				if err != nil {
					return nil, err
				}
				t, err := combine(in[0], in[1], nil, exactly(f))
				return []*graph.Tensor{t}, err
			},
		})
	}
	register(Def{
		Name: "BitwiseNot", Doc: "the other bits; https://onnx.ai/onnx/operators/onnx__BitwiseNot.html",
		Since: 18, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact, Infer: inferSame, Couple: coupleSame,
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			v, ok := graph.Ints(in[0])
			if !ok || !in[0].DType().IsInt() {
				return nil, fmt.Errorf("elements of type %v are not supported", in[0].DType())
			}
			for i := range v {
				v[i] = ^v[i]
			}
			t, err := fromInts(in[0].DType(), v, in[0].Shape())
			return []*graph.Tensor{t}, err
		},
	})
}

// shift moves bits, into places that the sign fills. Unsigned integers of any width fit in 64 bits. All bits are gone if
// there are as many places as the type has bits, or if their number is negative.
func shift(n *graph.Node) (func(x, y int64) int64, error) {
	d := n.Str("direction", "")
	if d != "LEFT" && d != "RIGHT" {
		return nil, fmt.Errorf("direction: want LEFT or RIGHT, have %q", d)
	}
	t := inType(n, 0).DType
	bits, unsigned := int64(64), t == graph.Uint64
	if t != graph.Undefined {
		bits = int64(t.Bits())
	}
	return func(x, y int64) int64 {
		gone := y < 0 || y >= bits
		switch {
		case gone && d == "RIGHT" && x < 0 && !unsigned:
			return -1
		case gone:
			return 0
		case d == "LEFT":
			return int64(uint64(x) << uint64(y))
		case unsigned:
			return int64(uint64(x) >> uint64(y))
		}
		return x >> uint64(y)
	}, nil
}
