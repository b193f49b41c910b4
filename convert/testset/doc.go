// Package testset runs a model on test sets in the layout that ONNX publishes with its models:
// folders test_data_set_N that hold inputs and the expected outputs. A folder and a model go in;
// out comes the first mismatch of each set.
//
// It is public because a program that embeds Pollard may check its own models with it.
package testset
