// Package stage is what all stages share: the settings that each is told, the time that each takes, and the
// error of a gate that fails.
package stage
