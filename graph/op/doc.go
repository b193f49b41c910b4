// Package op says what ONNX operators mean: one file an operator, and in it
// everything about it. A Def decodes the attributes, infers types, states which axes
// are coupled, adapts the node after a cut, counts its multiply-accumulates and
// computes it, slowly and obviously, as the oracle for every faster kernel.
//
// A new operator is one new file that calls register and one fixture
// fixtures/op/<name>.txt; nothing else is touched. An operator without a file is
// copied through with all its axes pinned: it costs compression, never correctness.
package op
