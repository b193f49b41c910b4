// Package ticket makes lottery tickets: the structure that a trained network selects, with the values it had
// before.
package ticket
