// Package testset runs a model on the inputs and answers that ONNX publishes with models: folders test_data_set_N.
package testset
