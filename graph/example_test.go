package graph_test

import (
	"fmt"
	"log"

	"github.com/pollard-dev/pollard/graph"
)

const network = `<ir_version: 8, opset_import: ["": 13]>
net (float[N,3] x) => (float[N,2] y)
   <float[3,2] w = {1, 2, 3, 4, 5, 6}, float[2] b = {0.5, -0.5}>
{
   h = MatMul(x, w)
   s = Add(h, b)
   r = Relu(s)
   y = Identity(r)
}`

// Walk over a model: what each node computes, and from what.
func Example() {
	m, err := graph.Parse(network)
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range m.Graph.Nodes {
		fmt.Printf("%s = %s(", n.Out(0).Name, n.OpName())
		for i, v := range n.Inputs() {
			if i > 0 {
				fmt.Print(", ")
			}
			fmt.Print(v.Name)
			if v.IsConstant() {
				fmt.Print(" ", v.Type)
			}
		}
		fmt.Println(")")
	}
	// Output:
	// h = MatMul(x, w float[3,2])
	// s = Add(h, b float[2])
	// r = Relu(s)
	// y = Identity(r)
}

// Replace MatMul and Add by Gemm, and remove an Identity. The names of inputs and outputs stay.
func Example_edit() {
	m, err := graph.Parse(network)
	if err != nil {
		log.Fatal(err)
	}
	g := m.Graph
	matmul, _ := g.Value("h").Def()
	add, _ := g.Value("s").Def()
	identity, _ := g.Value("y").Def()

	sum := g.Fresh("sum")
	gemm, err := g.NewNode("Gemm", "", add.Version, []*graph.Value{matmul.In(0), matmul.In(1), add.In(1)}, []*graph.Value{sum})
	if err != nil {
		log.Fatal(err)
	}
	g.MoveBefore(gemm, matmul)
	g.ReplaceUses(add.Out(0), sum)
	if err := g.ReplaceOutput(identity.Out(0), identity.In(0)); err != nil {
		log.Fatal(err)
	}
	if err := g.RemoveNodes(map[*graph.Node]bool{matmul: true, add: true, identity: true}); err != nil {
		log.Fatal(err)
	}
	if err := m.Check(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Text())
	// Output:
	// <
	//    ir_version: 8,
	//    opset_import: ["" : 13]
	// >
	// net (float[N,3] x) => (float[N,2] y)
	// <float[3,2] w = {1, 2, 3, 4, 5, 6},
	//  float[2] b = {0.5, -0.5}>
	// {
	//    sum = Gemm(x, w, b)
	//    y = Relu(sum)
	// }
}

// Build a model from nothing.
func ExampleGraph_NewNode() {
	m := graph.NewModel(13)
	x, err := m.Graph.NewValue("x")
	if err != nil {
		log.Fatal(err)
	}
	x.Type = graph.TensorType(graph.Float32, graph.Shape{graph.Symbol("N"), graph.Size(2)})
	m.Graph.AddInput(x)
	two := m.Graph.AddConst("two", graph.TensorOf([]float32{2}, 1))
	y, err := m.Graph.NewValue("y")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := m.Graph.NewNode("Mul", "", 13, []*graph.Value{x, two}, []*graph.Value{y}); err != nil {
		log.Fatal(err)
	}
	m.Graph.Outputs = append(m.Graph.Outputs, y)
	fmt.Println(m.Check(), m.Graph.Inputs[0].Type, m.Graph.Nodes[0].Label())
	// Output: <nil> float[N,2] "y" (Mul)
}
