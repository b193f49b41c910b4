package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Scan", Doc: "a subgraph for every position of an axis; https://onnx.ai/onnx/operators/onnx__Scan.html",
		Since: 9, Until: Latest, MinIn: 1, MaxIn: variadic, MinOut: 1, MaxOut: variadic,
		Tolerance: Exact, // of Scan itself: what the body does has its own
		Infer:     inferScan, Cost: costScan, Control: controlScan,
	})
}

// scan is a decoded Scan.
type scan struct {
	body              *graph.Graph
	state             int // values carried from one position to the next
	inAxes, outAxes   []int
	inBack, outBack   []int // 1: from the last position to the first
	inputs, scanCount int
}

func scanOf(n *graph.Node) (s scan, err error) {
	s.inputs = n.Int("num_scan_inputs", 0)
	if s.state = len(n.Inputs()) - s.inputs; s.inputs < 1 || s.state < 0 {
		return s, fmt.Errorf("num_scan_inputs: want 1 to %d, have %d", len(n.Inputs()), s.inputs)
	}
	if s.body, err = subgraph(n, "body", len(n.Inputs()), s.state); err != nil {
		return s, err
	}
	if s.scanCount = len(s.body.Outputs) - s.state; len(n.Outputs()) > len(s.body.Outputs) {
		return s, fmt.Errorf("want at most %d outputs, as the body gives, have %d", len(s.body.Outputs), len(n.Outputs()))
	}
	for _, a := range []struct {
		name  string
		count int
		to    *[]int
	}{
		{"scan_input_axes", s.inputs, &s.inAxes}, {"scan_output_axes", s.scanCount, &s.outAxes},
		{"scan_input_directions", s.inputs, &s.inBack}, {"scan_output_directions", s.scanCount, &s.outBack},
	} {
		if *a.to = n.Ints(a.name); *a.to == nil {
			*a.to = make([]int, a.count)
		}
		if len(*a.to) != a.count {
			return s, fmt.Errorf("%s: want %d values, have %d", a.name, a.count, len(*a.to))
		}
	}
	return s, nil
}

func inferScan(n *graph.Node) ([]graph.Type, error) {
	s, err := scanOf(n)
	if err != nil {
		return nil, err
	}
	count := graph.Unknown
	for i := range s.inputs {
		t := inType(n, s.state+i)
		item := graph.TensorType(t.DType, nil)
		if t.Shape != nil {
			axis, err := normalAxis(s.inAxes[i], len(t.Shape))
			if err != nil {
				return nil, fmt.Errorf("scan_input_axes: %w", err)
			}
			if !count.Known() {
				count = t.Shape[axis]
			}
			item.Shape = slices.Delete(t.Shape.Clone(), axis, axis+1)
		}
		s.body.Inputs[s.state+i].Type = item
	}
	initial := make([]graph.Type, s.state)
	for i := range initial {
		initial[i] = inType(n, i)
	}
	outputs, state := inferRepeated(s.body, initial, 0, 0)
	types := state
	for i := s.state; i < len(outputs); i++ {
		types = append(types, stacked(outputs[i], count, s.outAxes[i-s.state]))
	}
	return types, nil
}

// positions returns the slices of scan input i, in the order in which they are read.
func (s scan) positions(x *graph.Tensor, i int) ([]*graph.Tensor, error) {
	axis, err := normalAxis(s.inAxes[i], x.Rank())
	if err != nil {
		return nil, fmt.Errorf("scan_input_axes: %w", err)
	}
	dims := slices.Delete(slices.Clone(x.Shape()), axis, axis+1)
	strides := rowMajor(x.Shape())
	step := strides[axis]
	strides = slices.Delete(strides, axis, axis+1)
	items := make([]*graph.Tensor, x.Shape()[axis])
	for p := range items {
		if items[p], err = pick(x, strided(p*step, dims, strides), dims); err != nil {
			return nil, err
		}
	}
	if s.inBack[i] != 0 {
		slices.Reverse(items)
	}
	return items, nil
}

func controlScan(n *graph.Node, in []*graph.Tensor, run Subgraph) ([]*graph.Tensor, error) {
	s, err := scanOf(n)
	if err != nil {
		return nil, err
	}
	columns := make([][]*graph.Tensor, s.inputs)
	for i := range columns {
		if columns[i], err = s.positions(in[s.state+i], i); err != nil {
			return nil, err
		}
		if len(columns[i]) != len(columns[0]) {
			return nil, fmt.Errorf("scan input %d: want %d positions, have %d", i, len(columns[0]), len(columns[i]))
		}
	}
	state := slices.Clone(in[:s.state])
	scans := make([][]*graph.Tensor, s.scanCount)
	for p := range columns[0] {
		args := slices.Clone(state)
		for _, c := range columns {
			args = append(args, c[p])
		}
		out, err := run(s.body, args)
		if err != nil {
			return nil, fmt.Errorf("position %d: %w", p, err)
		}
		copy(state, out)
		for k := range scans {
			scans[k] = append(scans[k], out[s.state+k])
		}
	}
	for k, items := range scans {
		if s.outBack[k] != 0 {
			slices.Reverse(items)
		}
		t, err := scanned(s.body.Outputs[s.state+k], items, s.outAxes[k])
		if err != nil {
			return nil, err
		}
		state = append(state, t)
	}
	return state, nil
}
