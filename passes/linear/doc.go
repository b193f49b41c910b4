// Package linear reads nodes of different operators as what they have in common: y = W x + b with constant W. Criteria
// use what such a map reads, and recovery changes its weights. There is one file for each operator, which knows where
// its weights and bias are and what a row of its input is.
package linear
