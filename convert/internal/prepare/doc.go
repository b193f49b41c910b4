// Package prepare changes a model as far as no output depends on it: free units go, bases turn, and
// constants find their initial values.
package prepare
