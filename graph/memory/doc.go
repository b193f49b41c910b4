// Package memory bounds the memory that a file can ask for. A file of a few hundred bytes may declare a tensor of
// terabytes. If an allocation fails, Go ends the process, and it is too late to return an error. So the size of whatever
// a file declares is computed in 64 bits and checked against a Limit before it is allocated.
package memory
