// Package onnx reads ONNX files into graph and writes graph into ONNX files,
// losing nothing: what the representation has no place for stays in its Extra
// fields as the messages it was read from, and what no pass changed is written
// from there.
//
// Files are mapped. Weights in raw_data are never copied on reading: protowire
// cuts them out, the protobuf library decodes the rest, and the tensors view the
// mapping. Writing is the same in reverse and streams.
//
// Weights that are mostly zero can be written as sparse initializers: see
// WriteOptions.Sparse. Not every reader knows them. ONNX Runtime does, and computes
// with the dense tensor that it makes of each; the checker of ONNX 1.12 accepts them,
// its strict type inference does not, for operators ask for a tensor that is none.
// What goes through ONNX's C++ representation, as its version converter does, may
// lose them. So nothing is written this way unless it is asked for.
//
// The format is https://github.com/onnx/onnx/blob/main/docs/IR.md, up to IR
// version 13.
package onnx
