// Package defaults decides what the user leaves open: the criterion, the solver, the recovery, and
// whether made-up inputs are worth their cost. It looks at the model and at which data there are;
// it runs nothing.
//
// Every default that more than one verb uses stands here once.
package defaults
