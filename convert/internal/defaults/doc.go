// Package defaults decides what a user leaves open: the criterion, the solver, the recovery, and whether
// made-up inputs are worth their work.
package defaults
