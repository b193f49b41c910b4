// Package budget decides how many units of each group are removed. A Budget says how much is to remain, or what it is
// worth; a CostModel predicts the cost of a choice; a Solver chooses. The CostModel knows no runtime: what takes time it
// is told as Work, functions of extents.
package budget
