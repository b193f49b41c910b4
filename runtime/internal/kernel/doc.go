// Package kernel holds the fast implementations of operators: one file a kernel,
// each proven against the operator's Eval in graph/op.
//
// There are two kinds. A Bound kernel is made for known extents by a binder: it says in
// which order of axes it reads and writes (images have their channels innermost, so that a convolution is
// a product whose rows a table finds, without a copy), takes an Epilogue, packs constant
// weights, and divides its work in pieces that need no memory but what they are given. A
// Kernel computes a node by itself for whatever extents come, from plain order into new memory.
// What either computes is float32; tensors of any other type, and operators without a
// kernel, are the reference evaluation's. The innermost loops are those of package simd.
//
// A new kernel is a new file that registers itself.
package kernel
