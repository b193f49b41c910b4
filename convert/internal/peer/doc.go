// Package peer runs the same model in another runtime, a process that takes turns with ours.
package peer
