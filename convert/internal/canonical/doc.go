// Package canonical brings a model into the form that the passes work on. In goes a model as it was
// read; out comes a copy with calls inlined, constants folded and groups found, or an error if a
// weight is NaN.
//
// It is a room of its own because every verb starts here, and all of them must see the same model.
package canonical
