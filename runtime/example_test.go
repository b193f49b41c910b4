package runtime_test

import (
	"context"
	"fmt"
	"log"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// A session is compiled once and then run on inputs of any extents that the model accepts.
func Example() {
	model, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
perceptron (float[N,3] x) => (float[N,2] y)
<float[3,2] weights = {1, 0, 0, 1, 1, 1}, float[2] bias = {0, -4}>
{
	sum = Gemm(x, weights, bias)
	y = Relu(sum)
}`)
	if err != nil {
		log.Fatal(err)
	}
	session, err := runtime.Compile(model, runtime.Options{Threads: 1})
	if err != nil {
		log.Fatal(err)
	}
	x := graph.TensorOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	outputs, err := session.Run(context.Background(), map[string]*graph.Tensor{"x": x})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(outputs["y"].Shape(), graph.Data[float32](outputs["y"]))
	// Output: [2 2] [4 1 10 7]
}
