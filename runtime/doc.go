// Package runtime runs models on the processor.
//
// Compile turns a model into a Session: constants are computed once, every node
// gets a kernel of runtime/kernel or, where none fits, the reference evaluation
// of graph/op, and the schedule says after which node each value can go. A Session
// may run many times and in several goroutines at once; the buffers of values
// that are gone are used again.
//
// With Options.Reference a session uses the reference evaluation alone: the
// oracle that kernels and cuts are compared with. The package also compares
// sessions (accuracy, agreement, latency).
package runtime
