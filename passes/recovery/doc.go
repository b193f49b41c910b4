// Package recovery repairs a cut network without training: from unlabelled inputs alone
// it changes the weights that are left so that every linear node computes again what it
// computed in the original. A method is a value, one file each; walking through both networks in
// step, collecting moments and vetoing what does not help is common to all, and here. Each repair is judged where it is made and all of them together at
// the outputs, on samples held out: what does not help is undone.
package recovery
