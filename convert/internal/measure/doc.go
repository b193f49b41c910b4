// Package measure tells how good a model is: accuracy if there are labels, agreement with the
// original always, confidence intervals, and the gates on them. It splits evaluation data so that
// the samples that chose a model do not also judge it.
//
// Prune, Verify, Sweep and the search for the smallest model all judge by it.
package measure
