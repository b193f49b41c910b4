package onnx_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
)

// A model is read, changed and written to another file. What the change does not touch stays as it
// was.
func Example() {
	dir, err := os.MkdirTemp("", "onnx")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()

	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (float[N,2] x) => (float[N,2] y) { y = Relu(x) }`)
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(dir, "model.onnx")
	if err := onnx.Write(ctx, path, m, onnx.WriteOptions{}); err != nil {
		log.Fatal(err)
	}

	file, err := onnx.Read(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	file.Model.Graph.Nodes[0].Op = "Sigmoid"
	if err := onnx.Write(ctx, filepath.Join(dir, "changed.onnx"), file.Model, onnx.WriteOptions{}); err != nil {
		log.Fatal(err)
	}
	for _, n := range file.Model.Graph.Nodes {
		fmt.Println(n.Op, n.In(0).Name, "->", n.Out(0).Name)
	}
	// Output: Sigmoid x -> y
}
