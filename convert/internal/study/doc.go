// Package study measures how redundant a network is: which units are near copies of each other, how
// many answers survive random removal, and how far random, magnitude and data-driven choices
// differ. A model and samples go in; a report.Redundancy comes out.
//
// It changes no model, and no other room depends on it.
package study
