// Package canonical brings a model into the form that the passes work on: functions in line, constants
// folded, without weights that are NaN.
package canonical
