// Package sparsify sets weights of a model to zero in a pattern, and fits what stays.
package sparsify
