// Package staging writes files atomically: whole or not at all.
//
// A file is written to a temporary folder beside its target, on the same file system, and moved
// into place by a rename. However the process ends, the target holds either the old contents or all
// of the new. The folder stays locked while its process lives, so the next process that writes
// there can recognize and remove what a killed one left behind.
//
// [Abandon] discards whatever is not in place yet, at any moment and from any goroutine: a command
// that is told to stop need not wait until every stage has noticed.
package staging
