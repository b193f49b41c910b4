// Package kernel holds the fast implementations of operators: one file a kernel,
// each proven against the operator's Eval in graph/op.
//
// A Kernel is chosen for a node when a session is compiled and may lay out the
// node's constant inputs as it likes then. What it computes is float32; tensors of any
// other type, and operators without a kernel, are the reference evaluation's.
// A new kernel (assembly, packed or sparse weights) is a new file that registers
// itself, before or after the ones that exist.
package kernel
