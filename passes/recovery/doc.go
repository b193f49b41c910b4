// Package recovery repairs a cut network without training. From unlabelled inputs alone it changes the remaining weights
// so that every linear node computes again what it computed in the original.
//
// A method is a value in a file of its own. What all methods share is here: walking through both networks in step,
// collecting moments, and rejecting what does not help. Each repair is judged on held-out samples where it is made, and
// all of them together at the outputs. What does not help is undone.
package recovery
