package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
)

// Pollard can be its own peer: both compute the same.
func TestBenchAgainstAPeer(t *testing.T) {
	t.Setenv(asProgram, "1")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "r.json")
	status, stdout, stderr := invoke(t, "bench", network(t, "vgg"), network(t, "mobilenetv2"), "--runs", "2", "--threads", "1",
		"--peer", "ort", "--peer-command", program, "--nodes", "--json", path)
	if status != exitDone || !strings.Contains(stdout, "both agree, to 0.0e+00") || !strings.Contains(stdout, "ratio of medians") || !strings.Contains(stdout, "kernel") {
		t.Fatalf("status %d, %q, printed %q", status, stderr, stdout)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r convert.Report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Latency) != 2 || r.Machine == nil || r.Machine.Threads != 1 || r.Machine.PeakGFLOPS <= 0 {
		t.Fatalf("%s", b)
	}
	for _, l := range r.Latency {
		p := l.Peer
		if p == nil || p.Runtime != "Pollard" || p.Runs != 2 || p.MaxRelDiff == nil || *p.MaxRelDiff != 0 || p.Ratio.Median <= 0 || p.Ratio.Min <= 0 {
			t.Errorf("peer %+v", p)
		}
		if p != nil && p.Theirs != nil && (p.Ours == nil || p.Ratio.Memory == nil || p.Ours.Session != p.Ours.Peak-p.Ours.Before) {
			t.Errorf("memory %+v and %+v", p.Ours, p.Theirs)
		}
		if l.Memory.Activations <= 0 || l.Memory.Weights <= 0 {
			t.Errorf("memory %+v", l.Memory)
		}
		work := int64(0)
		for _, o := range l.Operators {
			work += o.MACs
			if (o.MACs > 0) != (o.GFLOPS > 0 && o.OfPeak > 0) {
				t.Errorf("%+v", o)
			}
		}
		if work == 0 {
			t.Errorf("no operator multiplies: %+v", l.Operators)
		}
		share := 0.0
		for _, n := range l.Nodes {
			work -= n.MACs
			share += n.Share
			if n.Node == "" || n.Operator == "" || n.Kernel == "" || n.MS < n.MinMS {
				t.Errorf("%+v", n)
			}
		}
		if work != 0 || math.Abs(share-1) > 1e-9 {
			t.Errorf("the nodes have %d multiply-accumulates less than the operators, and %g of the time", work, share)
		}
	}
}

func TestBenchPeerThatIsNone(t *testing.T) {
	if goruntime.GOOS == "windows" {
		t.Skip("the programs are shell scripts")
	}
	model := network(t, "mobilenetv2")
	silent := put(t, "silent", []byte("#!/bin/sh\necho hello\n"))
	broken := put(t, "broken", []byte("#!/bin/sh\necho 'peers: no library' >&2\nexit 2\n"))
	deaf := put(t, "deaf", []byte("#!/bin/sh\necho ok Deaf 1\nread line\necho error cannot run\n"))
	for _, path := range []string{silent, broken, deaf} {
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for want, args := range map[string][]string{
		`peer: want ort, have "tvm"`:                {"--peer", "tvm"},
		`there is no program "none": in a clone`:    {"--peer", "ort", "--peer-command", "none"},
		`peer: silent: want ok or error, have "he`:  {"--peer", "ort", "--peer-command", silent},
		`pollard: peer: peers: no library`:          {"--peer", "ort", "--peer-command", broken},
		`pollard: cannot run`:                       {"--peer", "ort", "--peer-command", deaf},
		`pollard: runs: want a positive number, ha`: {"--runs", "0"},
	} {
		status, stdout, stderr := invoke(t, append([]string{"bench", model, "--quiet"}, args...)...)
		if status != exitBad || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%v: want status 2 and one line with %q, have status %d, %q, printed %q", args, want, status, stderr, stdout)
		}
	}
}
