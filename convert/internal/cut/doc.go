// Package cut removes units. A model, its groups and a plan go in; a smaller model comes out,
// without the removed units and without anything that only they used.
//
// Planning, proof and the final cut all take this one path, so the model that is measured is the
// model that is written.
package cut
