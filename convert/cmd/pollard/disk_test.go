//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mounted mounts a file system in memory of that many bytes.
func mounted(t *testing.T, flags uintptr, size int) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", flags, fmt.Sprintf("size=%d,mode=755", size))
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENODEV) {
		t.Skipf("nothing can be mounted here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// However much fits on a disk, all or nothing is written to it.
func TestFullDisk(t *testing.T) {
	page := os.Getpagesize()
	for _, l := range labours(t) {
		t.Run(l.name, func(t *testing.T) {
			full := 0
			for pages := 1; ; {
				dir := mounted(t, 0, pages*page)
				args := append(l.args(dir), "--json", filepath.Join(dir, "report.json"))
				var stderr bytes.Buffer
				c := command(args...)
				c.Stderr = &stderr
				c.Run()
				status, have := c.ProcessState.ExitCode(), contents(t, dir)
				if status == 0 {
					if _, reported := have["report.json"]; !reported {
						t.Errorf("%d pages: no report", pages)
					}
					break
				}
				full++
				if status != exitBad || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "cannot be written: no space left on device") || strings.Contains(stderr.String(), stale) {
					t.Errorf("%d pages: want status 2 and one line, have %d and %q", pages, status, stderr.String())
				}
				if l.name == "sweep" { // what is finished stays
					l.whole(t, "full", have, nil)
				} else if len(have) > 0 {
					t.Errorf("%d pages: leaves %v", pages, sorted(have))
				}
				if pages > 1<<20 {
					t.Fatal("it never fits")
				}
				pages = pages*5/4 + 1
			}
			if full < 2 {
				t.Errorf("the disk was full %d times", full)
			}
		})
	}
}

// The same where no file may be larger than so much, which a process may be told by a signal.
func TestFilesHaveALargestSize(t *testing.T) {
	for _, l := range labours(t) {
		dir := t.TempDir()
		c := exec.Command("sh", append([]string{"-c", `ulimit -f 1; exec "$0" "$@"`, os.Args[0]}, l.args(dir)...)...)
		c.Env = append(os.Environ(), asProgram+"=1")
		out, _ := c.CombinedOutput()
		if status := c.ProcessState.ExitCode(); status != exitBad || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), "cannot be written: file too large") || strings.Contains(string(out), stale) {
			t.Errorf("%s: want status 2 and one line, have %d and %q", l.name, status, out)
		}
		if left := contents(t, dir); len(left) > 0 {
			t.Errorf("%s: leaves %v", l.name, sorted(left))
		}
	}
}

// A folder that is gone when there is something to put into it is an error, and is not made again.
func TestTheFolderVanishes(t *testing.T) {
	for _, l := range labours(t) {
		t.Run(l.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 6))
			gone := 0
			for range moments(t) {
				dir := filepath.Join(t.TempDir(), "there")
				if err := os.Mkdir(dir, 0o777); err != nil {
					t.Fatal(err)
				}
				c := command(l.args(dir)...)
				var stderr bytes.Buffer
				c.Stderr = &stderr
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(r.Float64() * float64(l.took)))
				for os.RemoveAll(dir) != nil { // somebody writes there
				}
				c.Wait()
				status, left := c.ProcessState.ExitCode(), contents(t, filepath.Dir(dir))
				switch {
				case status == 0:
				case l.name == "sweep" && status == exitBad && len(left) > 0: // it was gone before the sweep made a folder in it
				case status != exitBad || strings.Count(stderr.String(), "\n") != 1 || len(left) > 0:
					t.Errorf("want status 2, one line and nothing left, have %d, %q and %v", status, stderr.String(), sorted(left))
				default:
					gone++
				}
			}
			if gone == 0 {
				t.Error("all were done before")
			}
		})
	}
}

// Where nothing can be written, that is said before any work is done.
func TestUnwritableFolder(t *testing.T) {
	dir := mounted(t, syscall.MS_RDONLY, 1<<20)
	for _, l := range labours(t) {
		var stderr bytes.Buffer
		c := command(l.args(dir)...)
		c.Stderr = &stderr
		began := time.Now()
		c.Run()
		if status := c.ProcessState.ExitCode(); status != exitBad || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "cannot be written: read-only file system") {
			t.Errorf("%s: want status 2 and one line, have %d and %q", l.name, status, stderr.String())
		}
		if took := time.Since(began); took > l.took+time.Second {
			t.Errorf("%s: took %v", l.name, took)
		}
	}
}

// A device has no end, a pipe may have none: both are refused before they fill the memory, and what comes out of a good pipe is read.
func TestPipesAndDevices(t *testing.T) {
	good, err := os.ReadFile(tiny)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(saved(t, images(4)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		stdin *bytes.Reader
		args  []string
		want  string
	}{
		{"a device", nil, []string{"inspect", "/dev/zero"}, "/dev/zero: is a device, want a file or a pipe"},
		{"a device of data", nil, []string{"verify", tiny, tiny, "--data", "/dev/zero"}, "/dev/zero: is a device, want a file or a pipe"},
		{"a pipe", bytes.NewReader(good), []string{"inspect", "/dev/stdin"}, ""},
		{"a pipe of data", bytes.NewReader(data), []string{"verify", tiny, tiny, "--data", "/dev/stdin"}, ""},
		{"a pipe that does not end", bytes.NewReader(make([]byte, 32<<20)), []string{"inspect", "/dev/stdin", "--max-memory", "8MiB"}, "what comes out of the pipe: would take"},
		{"a pipe of data that does not end", bytes.NewReader(make([]byte, 32<<20)), []string{"verify", tiny, tiny, "--data", "/dev/stdin", "--max-memory", "8MiB"}, "what comes out of the pipe: would take"},
	} {
		p := command(append(c.args, "--quiet")...)
		var stderr bytes.Buffer
		p.Stderr = &stderr
		if c.stdin != nil {
			p.Stdin = c.stdin
		}
		p.Run()
		status := p.ProcessState.ExitCode()
		if c.want == "" && status != exitDone || c.want != "" && (status != exitBad || !strings.Contains(stderr.String(), c.want)) {
			t.Errorf("%s: want %q, have status %d and %q", c.name, c.want, status, stderr.String())
		}
	}
}
