// Package budget decides how many units of each group go: a Budget says what is
// to remain, or what it is worth, a CostModel what a choice costs, a Solver chooses.
package budget
