// Package sweep makes a folder of candidates, one for each trial. It skips those that an earlier
// run finished, times them, marks those that no other one dominates, and copies the one that meets
// the conditions of the user.
//
// Each candidate is written as soon as it is finished, so an interrupted sweep can resume.
package sweep
