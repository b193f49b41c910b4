// Package candidate makes several models of one original. A Maker does once what all of them need,
// which is preparation, scores and errors at the outputs; then each trial is planned and carried
// out on its own.
//
// Both the sweep and the search for the smallest model build on it.
package candidate
