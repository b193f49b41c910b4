// Package calibrate collects statistics of the values that the nodes of a model read, and stores
// them in files. In go a model, its groups, the criteria and a stream of samples; out comes a
// statistics.Set, or an .npz file that holds one.
//
// It is a room of its own because a set may be collected on several machines: a file records the
// model, the recipe and the shard, so that only files that belong together are merged.
package calibrate
