// Package kernel holds the fast implementations of operators: one file a kernel,
// each proven against the operator's Eval in graph/op.
//
// A kernel is bound to a node of known extents by a binder: it says in
// which order of axes it reads and writes (images have their channels innermost, so that a convolution is
// a product whose rows a table finds, without a copy), takes an Epilogue, packs constant
// weights, and divides its work in pieces that need no memory but what they are given. Sessions schedule bound
// kernels as programs, calibration taps these, and what cannot be known before a run is bound node by node.
//
// Most compute float32; quantization, gathering and choosing read and write other types too. All else, and operators without a
// kernel, are the reference evaluation's. The innermost loops are those of package simd.
//
// A new kernel is a new file that registers its binder, and its test.
package kernel
