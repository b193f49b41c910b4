// Package linear reads nodes of any kind as what they have in common: y = W x + b with constant W.
// Criteria ask what such a map reads, recovery writes other weights into it. One file an
// operator says where its weights and its bias lie and what a row of its input is.
package linear
