// Package kernel holds the fast implementations of operators, one kernel per file, each tested
// against the operator's Eval in graph/op.
//
// A binder binds a kernel to a node of known extents. It says in which order of axes the kernel
// reads and writes. (Images have their channels innermost, so that a convolution is a product whose
// rows are found by a table, without a copy.) It accepts an Epilogue, packs constant weights, and
// divides the work into pieces that need no memory but what they are given. Sessions schedule bound
// kernels as programs, and calibration taps these. What cannot be known before a run is bound node
// by node.
//
// Most kernels compute float32. Quantization, gathering and choosing read and write other types
// too. Other types, and operators without a kernel, are left to the reference evaluation. The
// innermost loops are in package simd.
//
// To add a kernel, add a file that registers its binder, and its test.
package kernel
