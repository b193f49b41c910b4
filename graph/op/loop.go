package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

func init() {
	register(Def{
		Name: "Loop", Doc: "a subgraph again and again; https://onnx.ai/onnx/operators/onnx__Loop.html",
		Since: 1, Until: Latest, MinIn: 0, MaxIn: variadic, Gaps: true, MinOut: 1, MaxOut: variadic,
		Tolerance: Exact, // of Loop itself; the body has its own
		Takes:     atLeastOne(0),
		Infer:     inferLoop, Cost: costLoop, Control: controlLoop,
	})
}

// loopOf returns the body of a Loop and the number of values that it carries from one iteration to
// the next.
func loopOf(n *graph.Node) (body *graph.Graph, carried int, err error) {
	carried = max(0, len(n.Inputs())-2)
	if body, err = subgraph(n, "body", carried+2, carried+1); err != nil {
		return nil, 0, err
	}
	if want := len(body.Outputs) - 1; len(n.Outputs()) > want {
		return nil, 0, fmt.Errorf("want at most %d outputs, as the body gives, have %d", want, len(n.Outputs()))
	}
	if slices.Contains(n.Inputs()[min(2, len(n.Inputs())):], nil) {
		return nil, 0, fmt.Errorf("an initial value is missing")
	}
	return body, carried, nil
}

// LoopTrips returns how many times a Loop runs its body if no condition can end it early: the
// number that it states, which may be unknown. ok is false for a loop that a condition can end.
func LoopTrips(n *graph.Node) (trips graph.Dim, ok bool) {
	body, _, err := loopOf(n)
	if err != nil {
		return graph.Unknown, false
	}
	if n.In(1) != nil {
		cond, known := oneElem(n, 1)
		if known && cond.Is(0) {
			return graph.Size(0), true
		}
		if !known || !cond.Known() {
			return graph.Unknown, false
		}
	}
	trips, known := oneElem(n, 0)
	if !known {
		trips = graph.Unknown
	}
	if count, known := trips.Value(); known {
		trips = graph.Size(max(0, count))
	}
	return trips, n.In(0) != nil && (trips.Is(0) || trips.Is(1) || goesOn(body))
}

// goesOn reports whether the body's condition is true in every iteration.
func goesOn(body *graph.Graph) bool {
	v := body.Outputs[0]
	for {
		if v == body.Inputs[1] {
			return true // the condition that let this iteration begin
		}
		if elems := v.Type.Elems; len(elems) == 1 && elems[0].Known() {
			return !elems[0].Is(0)
		}
		if v.Const != nil {
			t, err := oneNumber("condition", v.Const)
			return err == nil && t != 0 && !v.IsInput()
		}
		d, _ := v.Def()
		if d == nil || d.Op != "Identity" || d.Domain != "" || d.In(0) == nil {
			return false
		}
		v = d.In(0)
	}
}

func inferLoop(n *graph.Node) ([]graph.Type, error) {
	body, carried, err := loopOf(n)
	if err != nil {
		return nil, err
	}
	setCounter(body.Inputs[0], graph.Int64)
	setCounter(body.Inputs[1], graph.Bool)
	initial := make([]graph.Type, carried)
	for i := range initial {
		initial[i] = inType(n, 2+i)
	}
	outputs, state := inferRepeated(body, initial, 2, 1)
	trips, ok := LoopTrips(n)
	if !ok {
		trips = graph.Unknown
	}
	types := state
	for i := 1 + carried; i < len(outputs); i++ {
		types = append(types, stacked(outputs[i], trips, 0))
	}
	return types, nil
}

// setCounter sets the type of the body's input for the iteration number or the condition. Exporters
// make it a scalar or a vector of one element, and only the input itself declares which.
func setCounter(v *graph.Value, d graph.DType) {
	shape := graph.Shape{}
	if len(v.Type.Shape) == 1 {
		shape = graph.ShapeOf(1)
	}
	v.Type = graph.TensorType(d, shape)
}

// counter returns the tensor of one element for the body's input v.
func counter[T int64 | bool](v *graph.Value, x T) *graph.Tensor {
	if len(v.Type.Shape) == 1 {
		return graph.TensorOf([]T{x}, 1)
	}
	return graph.TensorOf([]T{x})
}

// LoopCounters returns what the body of a Loop reads as the iteration number and as the condition.
func LoopCounters(body *graph.Graph, iteration int) (number, condition *graph.Tensor) {
	return counter(body.Inputs[0], int64(iteration)), counter(body.Inputs[1], true)
}

// mostTrips is more iterations than any run completes. Exporters state the largest int64 if a
// condition is to end the loop.
const mostTrips = 1 << 40

func controlLoop(n *graph.Node, in []*graph.Tensor, run Subgraph) ([]*graph.Tensor, error) {
	body, carried, err := loopOf(n)
	if err != nil {
		return nil, err
	}
	trips, goOn := int64(-1), true
	if len(in) > 0 && in[0] != nil {
		if trips, err = oneNumber("M", in[0]); err != nil {
			return nil, err
		}
		trips = max(0, trips)
	}
	if len(in) > 1 && in[1] != nil {
		c, err := oneNumber("cond", in[1])
		if err != nil {
			return nil, err
		}
		goOn = c != 0
	}
	if goOn && (trips < 0 || trips > mostTrips) && goesOn(body) {
		return nil, fmt.Errorf("no condition ends it, and M does not either")
	}
	state := slices.Clone(in[min(2, len(in)):])
	scans := make([][]*graph.Tensor, len(body.Outputs)-1-carried)
	kept := int64(0) // bytes of what iterations computed for scan outputs
	for i := int64(0); goOn && i != trips; i++ {
		args := append([]*graph.Tensor{counter(body.Inputs[0], i), counter(body.Inputs[1], true)}, state...)
		out, err := run(body, args)
		if err != nil {
			return nil, fmt.Errorf("iteration %d: %w", i, err)
		}
		c, err := oneNumber("the body's condition", out[0])
		if err != nil {
			return nil, err
		}
		goOn = c != 0
		copy(state, out[1:1+carried])
		for k := range scans {
			scans[k] = append(scans[k], out[1+carried+k])
			kept = memory.Sum(kept, out[1+carried+k].Bytes(), perItem)
		}
		if err := memory.Hold(fmt.Sprintf("the scan outputs of %d iterations", i+1), memory.Product(2, kept)); err != nil { // there, and stacked
			return nil, err
		}
	}
	for k, items := range scans {
		t, err := scanned(body.Outputs[1+carried+k], items, 0)
		if err != nil {
			return nil, err
		}
		state = append(state, t)
	}
	return state, nil
}

// perItem is the least that a tensor takes besides its elements.
const perItem = 128

// scanned returns what the body computed as v in every iteration, stacked along a new axis.
func scanned(v *graph.Value, items []*graph.Tensor, axis int) (t *graph.Tensor, err error) {
	if len(items) == 0 {
		t, err = emptyStack(v.Type, axis)
	} else {
		t, err = stack(items, axis)
	}
	if err != nil {
		return nil, fmt.Errorf("scan output %q: %w", v.Name, err)
	}
	return t, nil
}
