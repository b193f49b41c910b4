// Package graph is Pollard's intermediate representation of an ONNX model: a
// directed acyclic graph of nodes that read and write named values, with
// def-use links in both directions.
//
// It imports the standard library only and knows nothing of files, operators or
// pruning. What an operator means lives in graph/op; how the graph is read and
// written lives in convert/onnx. Whatever a file says beyond this representation
// (doc strings, unknown fields, training information) travels untouched in the Extra fields,
// which only the importer that set them looks into.
package graph
