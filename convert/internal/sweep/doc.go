// Package sweep makes a folder of candidates, one a trial, goes on where it was interrupted, and picks one
// of them.
package sweep
