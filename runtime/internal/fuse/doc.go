// Package fuse finds, in a graph whose types are known, nodes that together compute what one operator of ONNX does, and puts that
// operator in their place: exporters take functions apart that a kernel computes at once. One file is one rule; what
// a rule gives is what ONNX says of the operator, so that graph/op's evaluation of both is a rule's test.
package fuse
