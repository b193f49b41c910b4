package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Scan was another operator before opset 9. Its first input is the length of each sample. All
// others have the samples on axis 0 and, if they are scanned, the positions on axis 1.
func init() {
	register(Def{
		Name: "Scan", Doc: "a subgraph for every position of every sample; https://onnx.ai/onnx/operators/onnx__Scan.html",
		Since: 8, Until: 8, MinIn: 0, MaxIn: variadic, Gaps: true, MinOut: 1, MaxOut: variadic,
		Tolerance: Exact, // of Scan itself: what the body does has its own
		Infer:     inferScanBatch, Control: controlScanBatch,
	})
}

// scanBatchOf returns the body, how many values it carries, and which inputs are read backwards.
func scanBatchOf(n *graph.Node) (body *graph.Graph, state int, back []int, err error) {
	own := max(0, len(n.Inputs())-1)
	scanned := n.Int("num_scan_inputs", 0)
	if scanned < 1 || scanned > own {
		return nil, 0, nil, fmt.Errorf("num_scan_inputs: want 1 to %d, have %d", own, scanned)
	}
	if slices.Contains(n.Inputs()[1:], nil) {
		return nil, 0, nil, fmt.Errorf("an initial value or a scan input is missing")
	}
	state = own - scanned
	if body, err = subgraph(n, "body", own, state); err != nil {
		return nil, 0, nil, err
	}
	if len(n.Outputs()) > len(body.Outputs) {
		return nil, 0, nil, fmt.Errorf("want at most %d outputs, as the body gives, have %d", len(body.Outputs), len(n.Outputs()))
	}
	if back = n.Ints("directions"); back == nil {
		back = make([]int, scanned)
	}
	if len(back) != scanned {
		return nil, 0, nil, fmt.Errorf("directions: want %d values, have %d", scanned, len(back))
	}
	return body, state, back, nil
}

func inferScanBatch(n *graph.Node) ([]graph.Type, error) {
	body, state, _, err := scanBatchOf(n)
	if err != nil {
		return nil, err
	}
	batch, count := graph.Unknown, graph.Unknown
	initial := make([]graph.Type, state)
	for i := range body.Inputs {
		t := inType(n, 1+i)
		item, gone := graph.TensorType(t.DType, nil), 1
		if i >= state {
			gone = 2
		}
		if t.Shape != nil {
			if len(t.Shape) < gone {
				return nil, fmt.Errorf("input %d: want at least %d axes, have shape %v", 1+i, gone, t.Shape)
			}
			batch, item.Shape = t.Shape[0], t.Shape[gone:].Clone()
			if i >= state {
				count = t.Shape[1]
			}
		}
		if i < state {
			initial[i] = item
		} else {
			body.Inputs[i].Type = item
		}
	}
	outputs, types := inferRepeated(body, initial, 0, 0)
	for i := state; i < len(outputs); i++ {
		types = append(types, stacked(outputs[i], count, 0))
	}
	for i, t := range types {
		types[i] = stacked(t, batch, 0)
	}
	return types, nil
}

// controlScanBatch runs the body for one sample after the other. Positions beyond a sample's length
// are 0.
func controlScanBatch(n *graph.Node, in []*graph.Tensor, run Subgraph) ([]*graph.Tensor, error) {
	body, state, back, err := scanBatchOf(n)
	if err != nil {
		return nil, err
	}
	lengths, err := sampleLengths(in, 1+state)
	if err != nil {
		return nil, err
	}
	made := make([][]*graph.Tensor, len(body.Outputs)) // by output and sample
	for b, length := range lengths {
		args := make([]*graph.Tensor, len(body.Inputs))
		for i, x := range in[1:] {
			if x.Rank() < 1 || x.Shape()[0] != len(lengths) {
				return nil, fmt.Errorf("input %d: want %d samples, have shape %v", 1+i, len(lengths), x.Shape())
			}
			if args[i], err = entry(x, b); err != nil {
				return nil, err
			}
		}
		out, err := scanSample(body, args, state, length, back, run)
		if err != nil {
			return nil, fmt.Errorf("sample %d: %w", b, err)
		}
		for i, t := range out {
			made[i] = append(made[i], t)
		}
	}
	out := make([]*graph.Tensor, len(made))
	for i, items := range made {
		if len(items) == 0 {
			return nil, fmt.Errorf("want at least one sample")
		}
		if out[i], err = stack(items, 0); err != nil {
			return nil, fmt.Errorf("output %d: %w", i, err)
		}
	}
	return out, nil
}

// sampleLengths returns how many positions of each sample count; scan is the first input that is
// scanned.
func sampleLengths(in []*graph.Tensor, scan int) ([]int, error) {
	x := in[scan]
	if x.Rank() < 2 {
		return nil, fmt.Errorf("input %d: want at least 2 axes, have shape %v", scan, x.Shape())
	}
	lengths, err := intsOf(in, 0)
	if err != nil {
		return nil, err
	}
	if lengths == nil {
		lengths = slices.Repeat([]int{x.Shape()[1]}, x.Shape()[0])
	}
	for _, l := range lengths {
		if l < 0 || l > x.Shape()[1] {
			return nil, fmt.Errorf("sequence_lens: want 0 to %d, have %v", x.Shape()[1], lengths)
		}
	}
	return lengths, nil
}

// entry returns position p of axis 0.
func entry(x *graph.Tensor, p int) (*graph.Tensor, error) {
	dims := x.Shape()[1:]
	return pick(x, strided(p*volume(dims), dims, rowMajor(dims)), dims)
}

// scanSample scans one sample, whose state comes first in args.
func scanSample(body *graph.Graph, args []*graph.Tensor, state, length int, back []int, run Subgraph) ([]*graph.Tensor, error) {
	carried := slices.Clone(args[:state])
	scans := make([][]*graph.Tensor, len(body.Outputs)-state)
	positions := 0
	for p := range length {
		now := slices.Clone(carried)
		for i, x := range args[state:] {
			positions = x.Shape()[0]
			at := p
			if back[i] != 0 {
				at = length - 1 - p
			}
			if at >= positions {
				return nil, fmt.Errorf("scan input %d: want %d positions, have %d", i, length, positions)
			}
			item, err := entry(x, at)
			if err != nil {
				return nil, err
			}
			now = append(now, item)
		}
		out, err := run(body, now)
		if err != nil {
			return nil, fmt.Errorf("position %d: %w", p, err)
		}
		copy(carried, out)
		for k := range scans {
			scans[k] = append(scans[k], out[state+k])
		}
	}
	for k, items := range scans {
		for len(items) > 0 && len(items) < positions {
			items = append(items, graph.NewTensor(items[0].DType(), items[0].Shape()...))
		}
		t, err := scanned(body.Outputs[state+k], items, 0)
		if err != nil {
			return nil, err
		}
		carried = append(carried, t)
	}
	return carried, nil
}
