// Package study says how redundant a network is: functional groups among its units, and what random removal
// leaves.
package study
