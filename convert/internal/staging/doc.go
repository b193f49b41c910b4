// Package staging puts files in their places whole or not at all.
//
// A file is written in a folder of its own beside its place, on the same file system, and moved there by a rename.
// Whatever ends the process, its places hold what they held before or all of the new. The folder is locked as long as its
// process lives, so that the next one to write beside it can tell what a killed process left, and removes it.
//
// [Abandon] takes back at any moment, from any goroutine, what is not in its place yet: a command that is told to stop need not
// wait until every stage of it has noticed.
package staging
