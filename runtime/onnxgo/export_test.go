package onnxgo

// What the tests convert with.
var (
	FromTensor = fromTensor
	ToTensor   = toTensor
)
