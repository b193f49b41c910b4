// Package latency times models, always in turn with the original on the same inputs. It predicts
// from a few networks cut from a model how long any cut of it takes, and fits how much of the
// speed-up that zeros promise this machine delivers.
//
// It is a room of its own because every figure in milliseconds, predicted or measured, must come
// from the same way of timing.
package latency
