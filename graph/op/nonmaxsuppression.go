package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "NonMaxSuppression", Doc: "the boxes of highest score that do not overlap; https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html",
		Since: 10, Until: Latest, MinIn: 2, MaxIn: 5, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes:     atLeastOne(2),
		Infer:     inferNonMaxSuppression, Eval: evalNonMaxSuppression,
	})
}

// suppressionShapes checks the shapes of boxes and scores against each other.
func suppressionShapes(boxes, scores graph.Shape) error {
	switch {
	case boxes != nil && (len(boxes) != 3 || boxes[2].Known() && !boxes[2].Is(4)):
		return fmt.Errorf("boxes: want shape [batches, boxes, 4], have %v", boxes)
	case scores != nil && len(scores) != 3:
		return fmt.Errorf("scores: want shape [batches, classes, boxes], have %v", scores)
	case boxes == nil || scores == nil:
		return nil
	}
	for _, p := range [][2]graph.Dim{{boxes[0], scores[0]}, {boxes[1], scores[2]}} {
		if p[0].Known() && p[1].Known() && p[0] != p[1] {
			return fmt.Errorf("scores of shape %v do not go with boxes of shape %v", scores, boxes)
		}
	}
	return nil
}

func inferNonMaxSuppression(n *graph.Node) ([]graph.Type, error) {
	if err := suppressionShapes(inShape(n, 0), inShape(n, 1)); err != nil {
		return nil, err
	}
	rows := graph.Unknown // depends on the contents
	if allConstant(n) {
		out, err := evalNonMaxSuppression(n, constantInputs(n))
		if err != nil {
			return nil, err
		}
		rows = graph.Size(out[0].Shape()[0])
	}
	return []graph.Type{graph.TensorType(graph.Int64, graph.Shape{rows, graph.Size(3)})}, nil
}

// allConstant reports whether every input of n is omitted or constant.
func allConstant(n *graph.Node) bool {
	return !slices.ContainsFunc(n.Inputs(), func(v *graph.Value) bool { return v != nil && !v.IsConstant() })
}

// constantInputs returns the contents of n's inputs, nil for those that are not constant.
func constantInputs(n *graph.Node) []*graph.Tensor {
	in := make([]*graph.Tensor, len(n.Inputs()))
	for i, v := range n.Inputs() {
		if v != nil {
			in[i] = v.Const
		}
	}
	return in
}

// box has two opposite corners, the lower first.
type box struct{ y1, x1, y2, x2 float64 }

func boxOf(v []float64, center bool) box {
	if center {
		x, y, w, h := v[0], v[1], v[2]/2, v[3]/2
		return box{y - h, x - w, y + h, x + w}
	}
	return box{min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3])}
}

func (b box) area() float64 { return (b.y2 - b.y1) * (b.x2 - b.x1) }

// overlaps reports whether intersection over union exceeds threshold. A box without area overlaps
// nothing.
func (b box) overlaps(c box, threshold float64) bool {
	both := box{max(b.y1, c.y1), max(b.x1, c.x1), min(b.y2, c.y2), min(b.x2, c.x2)}
	if b.area() <= 0 || c.area() <= 0 || both.y2 <= both.y1 || both.x2 <= both.x1 {
		return false
	}
	return both.area()/(b.area()+c.area()-both.area()) > threshold
}

// scalarOf returns the one number of input i of an Eval. stated is false if it is omitted.
func scalarOf(in []*graph.Tensor, i int, name string) (x float64, stated bool, err error) {
	if i >= len(in) || in[i] == nil {
		return 0, false, nil
	}
	v, ok := graph.Floats(in[i])
	if !ok || len(v) != 1 {
		return 0, false, fmt.Errorf("%s: want one number, have %v%v", name, in[i].DType(), in[i].Shape())
	}
	return v[0], true, nil
}

func evalNonMaxSuppression(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	if err := suppressionShapes(graph.ShapeOf(in[0].Shape()...), graph.ShapeOf(in[1].Shape()...)); err != nil {
		return nil, err
	}
	boxes, okB := graph.Floats(in[0])
	scores, okS := graph.Floats(in[1])
	if !okB || !okS {
		return nil, fmt.Errorf("elements of types %v and %v are not supported", in[0].DType(), in[1].DType())
	}
	most, _, err := scalarOf(in, 2, "max_output_boxes_per_class")
	if err != nil {
		return nil, err
	}
	overlap, _, err := scalarOf(in, 3, "iou_threshold")
	if err != nil {
		return nil, err
	}
	least, bounded, err := scalarOf(in, 4, "score_threshold")
	if err != nil {
		return nil, err
	}
	classes, count := in[1].Shape()[1], in[1].Shape()[2]
	var out []int64
	for lane := range in[1].Shape()[0] * classes {
		s := scores[lane*count : (lane+1)*count]
		b := boxes[lane/classes*count*4:]
		var order []int
		for i, x := range s {
			if !bounded || x > least {
				order = append(order, i)
			}
		}
		slices.SortStableFunc(order, func(i, j int) int { return descending(s[i], s[j]) })
		for _, i := range suppress(order, b, n.Int("center_point_box", 0) != 0, most, overlap) {
			out = append(out, int64(lane/classes), int64(lane%classes), int64(i))
		}
	}
	return []*graph.Tensor{graph.TensorOf(out, len(out)/3, 3)}, nil
}

func descending(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

// suppress selects at most most of the boxes, in that order: each that overlaps none selected
// before it.
func suppress(order []int, boxes []float64, center bool, most, overlap float64) []int {
	var taken []int
	var kept []box
	for _, i := range order {
		if !(float64(len(taken)) < most) {
			break
		}
		b := boxOf(boxes[i*4:i*4+4], center)
		if !slices.ContainsFunc(kept, func(k box) bool { return k.overlaps(b, overlap) }) {
			taken, kept = append(taken, i), append(kept, b)
		}
	}
	return taken
}
