package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoTerminal is the side of a terminal that programs write to.
func pseudoTerminal(t *testing.T) *os.File {
	t.Helper()
	far, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { far.Close() })
	if err := unix.IoctlSetPointerInt(int(far.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skip(err)
	}
	n, err := unix.IoctlGetInt(int(far.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Skip(err)
	}
	near, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { near.Close() })
	return near
}

// Nobody wants the bytes of a model on the screen.
func TestATerminalGetsNoModel(t *testing.T) {
	var stderr bytes.Buffer
	status := run(context.Background(), []string{"pollard", "prune", network(t, "mobilenetv2"), "-o", "-", "--macs", "0.5"}, pseudoTerminal(t), &stderr)
	if status != exitBad || !strings.Contains(stderr.String(), "output: the standard output is a terminal") {
		t.Errorf("status %d, %q", status, stderr.String())
	}
}
