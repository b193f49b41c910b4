// Package sparse holds matrices of weights that store only the nonzero weights, with one entry for
// each block of rows that share a column. Which form is fastest is measured elsewhere. Package
// kernel multiplies with these matrices.
package sparse
