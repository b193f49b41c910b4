// Package search finds the smallest model that loses no more than it may.
package search
