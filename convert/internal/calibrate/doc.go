// Package calibrate collects statistics of what the nodes of a model read, and keeps them in files that
// shards can be merged from.
package calibrate
