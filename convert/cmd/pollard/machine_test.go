//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
)

// moments is how often each fault happens to each command. POLLARD_MOMENTS=N makes it N times.
func moments(t *testing.T) int {
	n := 20
	if testing.Short() {
		n = 5
	}
	if text := os.Getenv("POLLARD_MOMENTS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// labour is a command whose results are the same each time, and the files of its folder when it is done.
type labour struct {
	name string
	args func(dir string) []string
	done map[string]string // contents by name
	took time.Duration
}

// stale begins the names of what is not in its place.
const stale = ".pollard-tmp-"

// labours are a prune, a sweep and a calibration, done once.
func labours(t *testing.T) []*labour {
	t.Helper()
	data := saved(t, images(200))
	eval := saved(t, images(100))
	labels := saved(t, graph.TensorOf(make([]int64, 100), 100))
	all := []*labour{
		{name: "prune", args: func(dir string) []string {
			return []string{"prune", tiny, "-o", filepath.Join(dir, "out.onnx"), "--macs", "0.6", "--calibration", data, "--no-latency", "--threads", "1", "--quiet"}
		}},
		{name: "sweep", args: func(dir string) []string {
			return []string{"sweep", tiny, "-o", filepath.Join(dir, "swept"), "--budgets", "0.3:0.9:4", "--calibration", data, "--eval", eval, "--labels", labels, "--no-latency", "--threads", "1", "--quiet"}
		}},
		{name: "calibrate", args: func(dir string) []string {
			return []string{"calibrate", tiny, "-o", filepath.Join(dir, "out.npz"), "--data", data, "--all", "--threads", "1", "--quiet"}
		}},
	}
	for _, l := range all {
		dir := t.TempDir()
		began := time.Now()
		if out, err := command(l.args(dir)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", l.name, err, out)
		}
		l.took = time.Since(began)
		l.done = contents(t, dir)
	}
	return all
}

// contents are the files below dir, by name; an empty folder has none and ends in a slash.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if entries, err := os.ReadDir(path); err == nil && len(entries) == 0 && name != "." {
				all[name+"/"] = ""
			}
			return nil
		}
		b, err := os.ReadFile(path)
		all[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// whole wants every file to be one that the command makes, as it makes it, or what was there before. Reports of a sweep have times in them:
// they are to be whole.
func (l *labour) whole(t *testing.T, when string, have, before map[string]string) {
	t.Helper()
	for name, text := range have {
		if old, was := before[name]; strings.Contains(name, stale) || was && text == old {
			continue
		}
		want, known := l.done[name]
		switch {
		case name == "swept/": // a sweep that was killed had finished nothing
		case !known:
			t.Errorf("%s: %s: there is %s", l.name, when, name)
		case strings.HasSuffix(name, ".json"):
			if !json.Valid([]byte(text)) {
				t.Errorf("%s: %s: %s is not whole: %q", l.name, when, name, text)
			}
		case text != want:
			t.Errorf("%s: %s: %s has %d bytes of %d, or others", l.name, when, name, len(text), len(want))
		}
	}
}

// sorted are the names of files.
func sorted(files map[string]string) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// hit starts the command and sends the signal at a random moment, every other time when something is being written, if what is done is known.
func hit(t *testing.T, l *labour, dir string, signal syscall.Signal, r *rand.Rand) (c *exec.Cmd, stderr string, late time.Duration) {
	t.Helper()
	c = command(l.args(dir)...)
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended, started := make(chan bool), time.Now()
	var took time.Duration
	go func() { c.Wait(); took = time.Since(started); close(ended) }()
	if l.done == nil || r.IntN(2) == 0 {
		time.Sleep(time.Duration(r.Float64() * 1.1 * float64(l.took)))
	} else {
		for writing := false; !writing; {
			select {
			case <-ended:
				writing = true
			case <-time.After(100 * time.Microsecond):
				for _, place := range []string{dir, filepath.Join(dir, "swept")} {
					entries, _ := os.ReadDir(place)
					writing = writing || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), stale) })
				}
			}
		}
		time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond)
	}
	began := time.Now()
	c.Process.Signal(signal)
	<-ended
	if c.ProcessState.ExitCode() == 0 { // the machine has less to do than when the command was timed
		l.took = min(l.took, took)
	}
	return c, errs.String(), time.Since(began)
}

// Whenever the command is killed, what is in a place is whole, old or new; a second run succeeds and leaves no trace of the first.
func TestKilledAtAnyMoment(t *testing.T) {
	for _, l := range labours(t) {
		t.Run(l.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			killed, left := 0, 0
			for i := range moments(t) {
				dir := t.TempDir()
				if i%2 == 0 && l.name != "sweep" {
					for name := range l.done {
						if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o666); err != nil {
							t.Fatal(err)
						}
					}
				}
				before := contents(t, dir)
				c, _, _ := hit(t, l, dir, syscall.SIGKILL, r)
				have := contents(t, dir)
				l.whole(t, "killed", have, before)
				if c.ProcessState.ExitCode() < 0 {
					killed++
				}
				if slices.ContainsFunc(sorted(have), func(name string) bool { return strings.Contains(name, stale) }) {
					left++
				}
				if out, err := command(l.args(dir)...).CombinedOutput(); err != nil {
					t.Errorf("the second run: %v: %s", err, out)
				}
				have = contents(t, dir)
				l.whole(t, "run again", have, nil)
				if !slices.Equal(sorted(have), sorted(l.done)) {
					t.Errorf("run again: want %v, have %v", sorted(l.done), sorted(have))
				}
			}
			t.Logf("%d were killed, %d of them while they wrote", killed, left)
			if killed == 0 {
				t.Error("all were done before they were killed")
			}
		})
	}
}

// Whenever the command is told to stop, it does at once, with the status that says by what, and leaves what it has finished and nothing else.
func TestToldToStopAtAnyMoment(t *testing.T) {
	for _, l := range labours(t) {
		for signal, want := range stopped128 {
			t.Run(fmt.Sprintf("%s/%v", l.name, signal), func(t *testing.T) {
				r := rand.New(rand.NewPCG(3, uint64(signal)))
				stopped := 0
				for range moments(t) {
					dir := t.TempDir()
					c, stderr, late := hit(t, l, dir, signal, r)
					status := c.ProcessState.ExitCode()
					have := contents(t, dir)
					l.whole(t, "told to stop", have, nil)
					for name := range have {
						if strings.Contains(name, stale) || strings.HasSuffix(name, "/") {
							t.Errorf("leaves %s", name)
						}
					}
					if status < 0 && late < time.Second {
						continue // it came before the program could listen
					}
					if late > 2*time.Second { // milliseconds, where nothing else runs
						t.Errorf("took %v to end", late)
					}
					if status == 0 {
						continue
					}
					stopped++
					if status != want || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "pollard: interrupted") {
						t.Errorf("want status %d, have %d and %q", want, status, stderr)
					}
					if strings.Contains(stderr, "nothing was written") && len(have) > 0 {
						t.Errorf("says %q, and leaves %v", stderr, sorted(have))
					}
					delete(have, "swept/sweep.json")
					if n := len(have); l.name == "sweep" && n%2 != 0 {
						t.Errorf("leaves half of a candidate: %v", sorted(have))
					}
				}
				if stopped == 0 {
					t.Error("all were done before they were told")
				}
			})
		}
	}
}

// Every command stops when it is told to, whatever it does then.
func TestEveryCommandStops(t *testing.T) {
	network, data := network(t, "resnet20"), saved(t, images(2000))
	for _, args := range [][]string{
		{"inspect", network, "--redundancy", "--calibration", data},
		{"prune", network, "-o", "DIR/out.onnx", "--macs", "0.5", "--calibration", data, "--rounds", "5", "--json", "DIR/report.json"},
		{"sweep", network, "-o", "DIR/swept", "--budgets", "0.1:0.9:9", "--calibration", data, "--eval", data},
		{"ticket", network, "--initial", network, "-o", "DIR/ticket.onnx", "--macs", "0.5", "--calibration", data, "--mask", "DIR/mask.npz"},
		{"calibrate", network, "-o", "DIR/statistics.npz", "--all", "--data", data},
		{"verify", network, network, "--data", data, "--json", "DIR/report.json"},
		{"bench", network, "--runs", "100000"},
		{"run", network, "--input", data, "-o", "DIR/outputs"},
	} {
		r := rand.New(rand.NewPCG(7, 8))
		stopped := 0
		for range 3 {
			for signal, want := range stopped128 {
				dir := t.TempDir()
				line := slices.Clone(args)
				for i, a := range line {
					line[i] = strings.Replace(a, "DIR", dir, 1)
				}
				l := &labour{args: func(string) []string { return append(line, "--quiet") }, took: 400 * time.Millisecond}
				c, stderr, late := hit(t, l, dir, signal, r)
				status := c.ProcessState.ExitCode()
				if late > 2*time.Second {
					t.Errorf("%s: took %v to end", args[0], late)
				}
				if status == 0 || status < 0 { // done, or not begun
					continue
				}
				stopped++
				if status != want || !strings.HasPrefix(stderr, "pollard: interrupted") || strings.Count(stderr, "\n") != 1 {
					t.Errorf("%s: want status %d, have %d and %q", args[0], want, status, stderr)
				}
				if left := contents(t, dir); len(left) > 0 && strings.Contains(stderr, "nothing was written") {
					t.Errorf("%s: leaves %v", args[0], sorted(left))
				}
			}
		}
		if stopped == 0 {
			t.Errorf("%s was never stopped", args[0])
		}
	}
}
