// Package budget decides how many units of each group go: a Budget says what is
// to remain, or what it is worth, a CostModel what a choice costs, a Solver chooses. What
// time things take the CostModel is told as Work, functions of extents: it knows of no runtime.
package budget
