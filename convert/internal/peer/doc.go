// Package peer runs a model in another runtime for comparison. It starts a program that speaks the
// protocol of fixtures/peers/serve.go, has it run in turn with our sessions on the same inputs, and
// reports its times, outputs and memory.
//
// It is a room of its own so that nothing else knows of processes.
package peer
