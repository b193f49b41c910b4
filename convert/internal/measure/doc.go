// Package measure says how good a model is: accuracy, agreement with the original, intervals, and the gates
// on them.
package measure
