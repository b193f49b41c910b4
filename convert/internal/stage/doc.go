// Package stage holds what every stage of a run shares: the Settings each stage is given, the
// Timings it adds to, and Gate, the error of a result that is not good enough.
//
// It is the ground floor of the rooms below convert. Everything imports it and it imports none of
// them, so that a stage can be written and tested without knowing which verb runs it.
package stage
