// Package search finds the smallest model that loses no more than a target allows. It makes models
// of different sizes, guided by their predicted errors, and measures each one on data set apart for
// choosing.
//
// It stands above candidate, which makes the models; the verdict on other data is the caller's.
package search
