// Package figures counts what a model takes: parameters, multiply-accumulates, bytes, and the digest of its
// file.
package figures
