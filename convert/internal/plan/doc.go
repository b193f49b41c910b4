// Package plan chooses the units that stay. A model with its groups, a criterion, a solver and a
// budget go in; a plan comes out, with the scores and the outcome it is expected to have. Scores
// can be corrected by errors measured at the outputs, a budget of latency by measured times, and a
// plan can be made in several rounds with repairs in between.
//
// The room decides what goes; it leaves the cutting to others.
package plan
