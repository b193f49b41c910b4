// Package surgery carries a plan out. Cut removes the positions of removed units
// from every tensor; Mask leaves them in place and makes them ineffective. A cut is
// right when both compute the same.
package surgery
