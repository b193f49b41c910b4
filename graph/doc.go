// Package graph is Pollard's intermediate representation of an ONNX model: a directed acyclic graph of nodes that read
// and write named values, with def-use links in both directions.
//
// It knows nothing of files, operators or pruning. The meaning of operators is in graph/op; reading and writing files is
// in convert/onnx. Whatever a file contains beyond this representation (doc strings, unknown fields, training
// information) is carried unchanged in Extra fields, which only the importer that set them reads.
package graph
