//go:build !js

package main

import (
	"os/signal"
	"syscall"
)

// ignoreBrokenPipes turns writing to a closed pipe into an error instead of the end of the process.
func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
