package group_test

import (
	"fmt"
	"log"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

// Find what can be removed from a network with a residual connection: the channels that both convolutions write to the sum go
// together, those between them by themselves. The channels of the output are pinned.
func ExampleFind() {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]>
net (float[N,3,8,8] x, float[4,3,1,1] w0, float[6,4,3,3] w1, float[4,6,3,3] w2, float[2,4,1,1] w3) => (float[N,2,8,8] y)
{
   stem = Conv(x, w0)
   inner = Conv<pads = [1, 1, 1, 1]>(stem, w1)
   active = Relu(inner)
   branch = Conv<pads = [1, 1, 1, 1]>(active, w2)
   sum = Add(stem, branch)
   y = Conv(sum, w3)
}`)
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range m.Graph.Inputs[1:] { // give the weights contents
		dims, _ := w.Type.Shape.Ints()
		m.Graph.SetConst(w, graph.NewTensor(graph.Float32, dims...))
	}
	m.Graph.Inputs = m.Graph.Inputs[:1]
	if err := op.InferGraph(m.Graph); err != nil {
		log.Fatal(err)
	}
	a, err := group.Find(m)
	if err != nil {
		log.Fatal(err)
	}
	for _, g := range a.Groups {
		fmt.Printf("%d units of kind %s:\n", g.Units, g.Kind)
		for _, member := range g.Members {
			fmt.Printf("  %s, axis %d\n", member.Value.Name, member.Axis)
		}
	}
	// Output:
	// 4 units of kind channel:
	//   w0, axis 0
	//   w1, axis 1
	//   w2, axis 0
	//   w3, axis 1
	//   stem, axis 1
	//   branch, axis 1
	//   sum, axis 1
	// 6 units of kind channel:
	//   w1, axis 0
	//   w2, axis 1
	//   inner, axis 1
	//   active, axis 1
}
