// Package op defines what ONNX operators mean. Each has one file with everything about it. A Def decodes the attributes,
// infers types, states which axes are coupled, adapts the node after a cut, counts its multiply-accumulates and computes
// it, slowly and obviously, as the oracle for every faster kernel.
//
// A new operator takes one new file that calls register and one fixture, fixtures/op/<name>.txt. An operator without a
// file is copied through with all its axes pinned: that costs compression, never correctness.
package op
