// Package runtime runs models on the processor.
//
// Compile turns a model into a Session. For inputs of given extents, a session builds a program
// once. It infers all extents and computes what follows from them alone (concrete.go), and fuses
// operators that exporters split up (package fuse). Nodes become moves (lower.go, chain.go), that
// is, bound kernels of runtime/internal/kernel with the nodes after them as epilogues, or views
// that compute nothing (view.go). Values get the order of axes that their readers want, and a place
// in a single block of memory that is reused as soon as it is free (place.go). Weights are packed
// once, whatever the extents. Running a program allocates nothing, and several goroutines may run a
// session at once.
//
// Half-precision numbers are computed in float32 (half.go), and so are quantized ones: as whole numbers,
// which float32 holds exactly (wholes.go).
//
// Models whose extents depend on the contents of their inputs, and the bodies of loops and
// branches, run node by node. Each node is computed by the kernel that programs use for it, bound
// for the extents at hand and cached (single.go), or by the reference evaluation of graph/op if
// there is no kernel.
//
// Session.Tap shows the contents of some values of a run. Their program computes those values as
// they are in the model, and everything else as usual. A Stepper builds programs of a few nodes at
// a time, for callers that change the model on the way.
//
// With Options.Reference a session uses only the reference evaluation, the oracle that kernels and
// cuts are compared with. The package also compares sessions (accuracy, agreement, latency),
// profiles runs step by step (profile.go), computes the work of each step (work.go), and fits a
// model that predicts times from work (fit.go).
package runtime
