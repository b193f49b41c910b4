// Package onnxpb holds the messages of the ONNX format as generated from
// onnx.proto. Only convert/onnx speaks them; everyone else speaks graph.
package onnxpb

//go:generate ./generate.sh
