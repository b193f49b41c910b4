// Package output decides where results may be written, and keeps a written model aside until all of it is
// decided.
package output
