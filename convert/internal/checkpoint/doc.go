// Package checkpoint reads another checkpoint of a network and pairs its nodes and values with those of the
// first by structure.
package checkpoint
