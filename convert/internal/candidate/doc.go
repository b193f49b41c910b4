// Package candidate makes several models of one original, doing once what all of them need.
package candidate
