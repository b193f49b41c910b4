// Package sparse holds matrices of weights of which only those that are not zero are stored, each block of rows that share
// a column as one entry. Which form pays is measured, not decided here; package kernel multiplies with them.
package sparse
