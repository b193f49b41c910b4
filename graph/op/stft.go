package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "STFT", Doc: "the Fourier transform of every frame of a signal; https://onnx.ai/onnx/operators/onnx__STFT.html",
		Since: 17, Until: Latest, MinIn: 2, MaxIn: 4, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-4, 1e-4},
		Infer:     inferSTFT, Eval: evalSTFT,
	})
}

func inferSTFT(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		return []graph.Type{graph.TensorType(x.DType, append(unknownShape(3), graph.Size(2)))}, nil
	}
	if len(x.Shape) != 3 {
		return nil, fmt.Errorf("signal: want 3 axes, have shape %v", x.Shape)
	}
	if err := checkComplex(x.Shape[2]); err != nil {
		return nil, err
	}
	one, err := oneSided(n, 1, x.Shape[2])
	if err != nil {
		return nil, err
	}
	out := graph.Shape{x.Shape[0], graph.Unknown, graph.Unknown, graph.Size(2)}
	length := graph.Unknown
	if w := inShape(n, 2); len(w) == 1 {
		length = w[0]
	} else if n.In(2) == nil {
		length, _ = oneElem(n, 3)
	}
	size, known := length.Value()
	if !known || size < 1 {
		return []graph.Type{graph.TensorType(x.DType, out)}, nil
	}
	if out[2] = graph.Size(size); one {
		out[2] = graph.Size(size/2 + 1)
	}
	step, _ := oneElem(n, 1)
	if by, ok := step.Value(); ok && by > 0 {
		if all, ok := x.Shape[1].Value(); ok && all >= size {
			out[1] = graph.Size((all-size)/by + 1)
		}
	}
	return []graph.Type{graph.TensorType(x.DType, out)}, nil
}

// frames returns the step from one frame to the next, the weight of each position of a frame, and
// how many frames fit in that many positions.
func frames(in []*graph.Tensor, positions int) (step int, weights []float64, count int, err error) {
	by, err := oneNumber("frame_step", in[1])
	if err != nil {
		return 0, nil, 0, err
	}
	length := int64(-1)
	if len(in) > 2 && in[2] != nil {
		v, ok := graph.Floats(in[2])
		if !ok || in[2].Rank() != 1 {
			return 0, nil, 0, fmt.Errorf("window: want a vector of numbers, have %v%v", in[2].DType(), in[2].Shape())
		}
		weights, length = v, int64(len(v))
	}
	if len(in) > 3 && in[3] != nil {
		stated, err := oneNumber("frame_length", in[3])
		if err != nil {
			return 0, nil, 0, err
		}
		if length >= 0 && stated != length {
			return 0, nil, 0, fmt.Errorf("frame_length: want %d as the window has, have %d", length, stated)
		}
		length = stated
	}
	if by < 1 || length < 1 || length > int64(positions) || length > mostTransformed {
		return 0, nil, 0, fmt.Errorf("want a step over 0 and frames of 1 to %d, have %d and %d", positions, by, length)
	}
	for len(weights) < int(length) {
		weights = append(weights, 1)
	}
	return int(min(by, int64(positions))), weights, int((int64(positions)-length)/by) + 1, nil
}

func evalSTFT(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	if x.Rank() != 3 {
		return nil, fmt.Errorf("signal: want 3 axes, have shape %v", x.Shape())
	}
	z, err := complexes(x)
	if err != nil {
		return nil, err
	}
	one, err := oneSided(n, 1, graph.Size(x.Shape()[2]))
	if err != nil {
		return nil, err
	}
	batch, positions := x.Shape()[0], x.Shape()[1]
	step, weights, count, err := frames(in, positions)
	if err != nil {
		return nil, err
	}
	bins := len(weights)
	if one {
		bins = bins/2 + 1
	}
	dims := []int{batch, count, bins}
	if err := mustFit([]int{batch, count, bins, 2}); err != nil {
		return nil, err
	}
	var y []complex128
	buf := make([]complex128, len(weights))
	for b := range batch {
		for f := range count {
			for k, w := range weights {
				buf[k] = z[b*positions+f*step+k] * complex(w, 0)
			}
			y = append(y, transform(buf, bins, false)...)
		}
	}
	t, err := fromComplexes(x.DType(), y, dims)
	return []*graph.Tensor{t}, err
}
