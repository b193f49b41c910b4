// Package onnxgo lets programs that are written against onnx-go
// (github.com/owulveryck/onnx-go, v0.5.0) run their models on Pollard's runtime:
//
//	model := onnx.NewModel(onnxgo.New())
//
// in the place of another backend; Run, SetInput and GetOutputTensors stay as they are.
//
// onnx-go tells a backend neither the opset version of the model nor the domain of its operators: see
// Backend.Opset. Subgraphs and lists of tensors as attributes it does not read at all.
package onnxgo
