package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pollard-dev/pollard/convert/internal/staging"
)

// asProgram in the environment makes the test's own program the command, so that commands can start processes of it; deaf makes it one
// that never looks at its context.
const asProgram, deaf = "POLLARD_TEST_AS_PROGRAM", "POLLARD_TEST_DEAF"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asProgram) != "":
		main()
	case os.Getenv(deaf) != "":
		os.Exit(uninterrupted(func(context.Context) int {
			out := filepath.Join(os.Getenv(deaf), "out")
			folder, err := staging.Beside(out)
			if err != nil {
				panic(err)
			}
			if _, err := folder.Create("part", out); err != nil {
				panic(err)
			}
			os.Stdout.WriteString("ready")
			select {}
		}, os.Stderr))
	}
	testscript.Main(m, map[string]func(){"pollard": main})
}

// command is pollard as a process of its own.
func command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asProgram+"=1")
	return c
}

var stopped128 = map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143}

// A stage that does not look at its context does not keep a signal from ending the command, nor does what it was writing stay.
func TestSignalEndsWhatDoesNotListen(t *testing.T) {
	for signal, want := range stopped128 {
		dir := t.TempDir()
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), deaf+"="+dir)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		stdout, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(stdout, make([]byte, len("ready"))); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		c.Process.Signal(signal)
		c.Wait()
		if took := time.Since(began); took > 2*time.Second { // 0.4 where nothing else runs
			t.Errorf("%v: took %v", signal, took)
		}
		if have := c.ProcessState.ExitCode(); have != want || stderr.String() != "pollard: interrupted, nothing was written\n" {
			t.Errorf("%v: want status %d, have %d and %q", signal, want, have, stderr.String())
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%v: left behind: %v", signal, left)
		}
	}
}

// A command that ends by itself at the moment when it is to be ended says so once.
func TestOneLineSaysThatACommandWasStopped(t *testing.T) {
	for _, first := range []bool{true, false} {
		why := stopped{syscall.SIGTERM, new(atomic.Bool)}
		if first {
			why.first() // as who waited for it did
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		var stderr bytes.Buffer
		status := stopStatus(ctx, &stderr, "interrupted")
		if want := map[bool]string{true: "", false: "pollard: interrupted\n"}[first]; status != 143 || stderr.String() != want {
			t.Errorf("want %q, have status %d and %q", want, status, stderr.String())
		}
		if why.first() {
			t.Error("it could be said again")
		}
	}
}

// A pipe that nobody reads from any more is an error of the report, not a silent end.
func TestReportOnAClosedPipe(t *testing.T) {
	network := network(t, "mobilenetv2")
	out := filepath.Join(t.TempDir(), "out.onnx")
	for _, form := range []string{"--json", "--html"} {
		c := command("prune", network, "-o", out, "--macs", "0.6", "--recovery", "none", "--no-latency", "--quiet", form, "-")
		var stderr bytes.Buffer
		c.Stderr = &stderr
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		c.Stdout = writer
		c.Run()
		writer.Close()
		want := "the standard output: broken pipe\n"
		if status := c.ProcessState.ExitCode(); status != exitBad || !strings.HasSuffix(stderr.String(), want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: want status 2 and %q, have %d and %q", form, want, status, stderr.String())
		}
		if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 0 {
			t.Errorf("%s: left behind: %v", form, left)
		}
	}
	// What is printed for people may be cut short: the work is done.
	c := command("inspect", network)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	c.Stdout = writer
	c.Run()
	writer.Close()
	if status := c.ProcessState.ExitCode(); status != exitDone {
		t.Errorf("inspect: status %d", status)
	}
}
