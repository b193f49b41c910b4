// Package runtime runs models on the processor.
//
// Compile turns a model into a Session. For inputs of given extents a session makes a
// program, once: all extents are inferred from them and what follows from extents alone is
// computed (concrete.go), operators that exporters take apart are put together again (package
// fuse), nodes become moves, that is bound kernels of runtime/internal/kernel with what follows
// each of them as its epilogue (lower.go, chain.go), or views that compute nothing
// (view.go), values get the order of axes that their readers want, and a place in one piece of memory,
// used again as soon as they are gone (place.go). Weights are packed once, whatever
// the extents. Running a program allocates nothing; several goroutines may run a session at once.
//
// Models whose extents depend on the numbers they are fed, and bodies of loops and branches, are run node by node: each by
// the kernel that programs have for it, bound for the extents that come and kept for the next time (single.go), or by the
// reference evaluation of graph/op where there is none.
//
// Session.Tap shows what is at some values of a run: their program computes these as themselves and all else as ever. Stepper
// makes programs of a few nodes at a time, for those who change the model on the way.
//
// With Options.Reference a session uses the reference evaluation alone: the
// oracle that kernels and cuts are compared with. The package also compares
// sessions (accuracy, agreement, latency), tells where the time of runs goes step by step (profile.go) and what each step's
// work is (work.go), and fits what predicts the one from the other (fit.go).
package runtime
