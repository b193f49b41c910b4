// Package onnx converts ONNX files to graph.Model and back without losing anything. What the
// representation has no field for is kept in its Extra fields as the messages it was read from, and
// what no pass changed is written from there.
//
// Files are mapped. Weights in raw_data are never copied on reading: protowire cuts them out, the
// protobuf library decodes the rest, and the tensors view the mapping. Writing reverses this and
// streams.
//
// Weights that are mostly zero can be written as sparse initializers: see WriteOptions.Sparse. Not
// every reader supports them. ONNX Runtime does, and computes with the dense tensor that it makes
// of each. The checker of ONNX 1.12 accepts them, but its strict type inference does not, because
// operators require a dense tensor. Tools that go through ONNX's C++ representation, such as its
// version converter, may lose them. So nothing is written this way unless asked for.
//
// The format is https://github.com/onnx/onnx/blob/main/docs/IR.md, up to IR version 13.
package onnx
