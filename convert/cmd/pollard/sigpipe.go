//go:build !js

package main

import (
	"os/signal"
	"syscall"
)

// ignoreBrokenPipes makes a report that nobody reads an error, not the end of the process.
func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
