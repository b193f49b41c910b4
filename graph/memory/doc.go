// Package memory bounds the memory that a file can ask for. A file of a few hundred bytes may declare a tensor of
// terabytes; Go ends a process that cannot have what it asks for, and no error can be returned any more. So the size of
// whatever a file declares is computed in 64 bits and held against a Limit before it is allocated.
package memory
