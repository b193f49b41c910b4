package onnxgo

// Conversions that the tests use.
var (
	FromTensor = fromTensor
	ToTensor   = toTensor
)
