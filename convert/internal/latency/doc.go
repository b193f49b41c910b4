// Package latency times models in turn, and predicts how long a model takes with fewer units.
package latency
