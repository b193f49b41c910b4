package op_test

import (
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// TestBadInputIsAnError feeds every operator what no exporter writes: random numbers of inputs and
// outputs, shapes, contents and attributes. Whatever comes of it, nothing panics, and inference does
// not contradict what is computed.
func TestBadInputIsAnError(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, d := range op.All() {
		for range 200 {
			n, in := junk(t, r, d)
			what := fmt.Sprintf("%s at opset %d, %s, inputs %s", d.Name, n.Version, parameters(n), shapesOf(in))
			if err := survives(d, n, in); err != nil {
				t.Errorf("%s: %v", what, err)
				break
			}
		}
	}
}

// survives infers, couples, counts, resizes and evaluates; the error says what panicked or
// does not agree.
func survives(d *op.Def, n *graph.Node, in []*graph.Tensor) (failure error) {
	defer func() {
		if p := recover(); p != nil {
			failure = fmt.Errorf("panic: %v", p)
		}
	}()
	if op.Infer(n) != nil {
		return nil
	}
	if _, err := d.Infer(n); err != nil { // not reported where a rank is unknown
		return nil
	}
	ranked := true // Couple is asked only where all ranks are known
	for _, v := range append(n.Inputs()[:len(n.Inputs()):len(n.Inputs())], n.Outputs()...) {
		ranked = ranked && (v == nil || v.Type.Shape != nil)
	}
	if d.Couple != nil && ranked {
		d.Couple(n)
	}
	if d.Cost != nil {
		d.Cost(n)
	}
	out, err := d.Eval(n, in)
	if err != nil {
		return nil
	}
	for i, v := range n.Outputs() {
		if v != nil && i < len(out) && out[i] != nil {
			if err := agrees(v.Type, out[i]); err != nil {
				return fmt.Errorf("output %d: %w", i, err)
			}
		}
	}
	if d.Resize != nil && ranked {
		d.Resize(n, func(op.Axis) []int { return nil })
	}
	return nil
}

func shapesOf(in []*graph.Tensor) string {
	s := ""
	for _, x := range in {
		if x == nil {
			s += " -"
			continue
		}
		s += fmt.Sprintf(" %v%v", x.DType(), x.Shape())
	}
	return s
}

// junk is a node of operator d that satisfies d.Check and else has anything.
func junk(t *testing.T, r *rand.Rand, d *op.Def) (*graph.Node, []*graph.Tensor) {
	t.Helper()
	g := graph.New("g")
	var in []*graph.Tensor
	var ins, outs []*graph.Value
	for i := range d.MinIn + r.Intn(min(d.MaxIn, d.MinIn+3)-d.MinIn+1) {
		if i >= d.MinIn && r.Intn(4) == 0 {
			in, ins = append(in, nil), append(ins, nil)
			continue
		}
		x := junkTensor(r)
		v := g.Fresh("x")
		v.Type = graph.TensorType(x.DType(), graph.ShapeOf(x.Shape()...))
		if r.Intn(2) == 0 {
			g.SetConst(v, x)
		}
		in, ins = append(in, x), append(ins, v)
	}
	for range d.MinOut + r.Intn(min(d.MaxOut, d.MinOut+2)-d.MinOut+1) {
		outs = append(outs, g.Fresh("y"))
	}
	n, err := g.NewNode(d.Name, d.Domain, d.Since+r.Intn(d.Until-d.Since+1), ins, outs, junkAttrs(r)...)
	if err != nil {
		t.Fatal(err)
	}
	return n, in
}

// odd are numbers that attributes and indices often have, and those that overflow.
var odd = []int64{0, 0, 1, 1, 1, 2, 2, 3, 4, -1, -1, -2, -3, 7, math.MaxInt32, math.MaxInt64, math.MinInt64}

func oddNumbers(r *rand.Rand, n int) []int64 {
	v := make([]int64, n)
	for i := range v {
		v[i] = odd[r.Intn(len(odd))]
	}
	return v
}

func junkTensor(r *rand.Rand) *graph.Tensor {
	shape := make([]int, r.Intn(5))
	n := 1
	for i := range shape {
		shape[i] = []int{0, 1, 1, 2, 2, 3, 4, 4}[r.Intn(8)]
		n *= shape[i]
	}
	switch r.Intn(8) {
	case 0, 1, 2:
		return graph.TensorOf(oddNumbers(r, n), shape...)
	case 3:
		return graph.NewTensor(graph.Bool, shape...)
	case 4:
		return graph.NewTensor([]graph.DType{graph.String, graph.Int32, graph.Uint8, graph.Int4, graph.Float16, graph.Float8E5M2, graph.Complex64}[r.Intn(7)], shape...)
	}
	x := make([]float32, n)
	for i := range x {
		x[i] = []float32{0, 1, 1, 2, 0.5, -1.5, float32(math.Inf(1)), float32(math.NaN())}[r.Intn(8)]
	}
	return graph.TensorOf(x, shape...)
}

// junkAttrs is some attributes that several operators have.
func junkAttrs(r *rand.Rand) []*graph.Attr {
	var as []*graph.Attr
	for _, name := range []string{"axis", "to", "group", "blocksize", "keepdims", "ceil_mode", "allowzero", "num_outputs", "start", "end",
		"batch_dims", "num_groups", "size", "p", "storage_order", "count_include_pad", "noop_with_empty_axes", "transA", "transB", "value_int", "antialias",
		"block_size", "output_dtype", "output_height", "output_width", "sampling_ratio", "center_point_box", "align_corners",
		"onesided", "inverse", "sorted", "ignore_index", "maxsplit", "offset_group", "num_scan_inputs", "training_mode", "broadcast", "output_datatype", "periodic"} {
		if r.Intn(3) == 0 {
			as = append(as, &graph.Attr{Name: name, Kind: graph.AttrInt, Int: odd[r.Intn(len(odd))]})
		}
	}
	for _, name := range []string{"axes", "perm", "pads", "starts", "ends", "split", "kernel_shape", "strides", "dilations",
		"output_shape", "output_padding", "value_ints", "pooled_shape"} {
		if r.Intn(3) == 0 {
			as = append(as, &graph.Attr{Name: name, Kind: graph.AttrInts, Ints: oddNumbers(r, r.Intn(5))})
		}
	}
	for _, values := range [][]string{
		{"mode", "constant", "reflect", "edge", "wrap", "linear", "cubic", "nearest", "avg", "max", "CRD", "?"},
		{"padding_mode", "border", "reflection", "?"},
		{"auto_pad", "SAME_UPPER", "SAME_LOWER", "VALID", "?"},
		{"coordinate_transformation_mode", "align_corners", "tf_crop_and_resize", "half_pixel_symmetric"},
		{"keep_aspect_ratio_policy", "not_larger", "not_smaller"},
		{"reduction", "none", "sum", "mean", "?"},
		{"delimiter", "-", ""},
		{"pattern", "a*", "("},
	} {
		if r.Intn(3) == 0 {
			as = append(as, graph.StringAttr(values[0], values[1+r.Intn(len(values)-1)]))
		}
	}
	if r.Intn(4) == 0 {
		as = append(as, graph.TensorAttr("value", junkTensor(r)))
	}
	if r.Intn(3) == 0 {
		as = append(as, &graph.Attr{Name: "scales", Kind: graph.AttrFloats, Floats: []float32{1, 2, 0.5, 1}[:r.Intn(5)]})
	}
	return as
}
