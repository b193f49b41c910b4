// Package budget decides how many units of each group go: a Budget says what is
// to remain, a CostModel what a choice costs, a Solver chooses.
package budget
