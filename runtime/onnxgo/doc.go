// Package onnxgo lets programs written for onnx-go (github.com/owulveryck/onnx-go, v0.5.0) run
// their models on Pollard's runtime. Pass
//
//	model := onnx.NewModel(onnxgo.New())
//
// instead of another backend; Run, SetInput and GetOutputTensors stay as they are.
//
// onnx-go does not tell a backend the opset version of the model or the domain of its operators:
// see Backend.Opset. It does not read subgraphs, nor attributes that are lists of tensors.
package onnxgo
