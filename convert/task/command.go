package task

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// OutputsName and SamplesName are the files in the folder that a command gets: an .npz with an array
// for each output of a model, whose first axes count samples, and the names or numbers of the samples,
// one a line.
const (
	OutputsName = "outputs.npz"
	SamplesName = "samples.txt"
)

// commanded is a task whose headline is the number that a command of the user's prints.
type commanded struct {
	Task
	command string
	lower   bool
	model   *graph.Model

	mu sync.Mutex
	// originals are what the command printed of the original, by data, since several models are
	// compared with it.
	originals map[*dataset.Data]float64
}

func withCommand(t Task, o Options, m *graph.Model) Task {
	return &commanded{Task: t, command: o.Command, lower: o.Lower, model: m, originals: map[*dataset.Data]float64{}}
}

// IsCommand reports whether the headline of t is what a command prints.
func IsCommand(t Task) bool {
	_, is := t.(*commanded)
	return is
}

func (c *commanded) Report() *report.Task {
	r := c.Task.Report()
	if r.How != "" {
		r.How += "; "
	}
	r.How += "metric by " + c.command
	return r
}

func (c *commanded) Start(d *dataset.Data) (Tally, error) {
	inner, err := c.Task.Start(d)
	if err != nil {
		return nil, err
	}
	t := &commandTally{Tally: inner, of: c, data: d}
	c.mu.Lock()
	_, known := c.originals[d]
	c.mu.Unlock()
	for m := range t.dirs {
		if m == 0 && known {
			continue
		}
		dir, err := os.MkdirTemp("", "pollard-metric")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("metric: %w", err), t.Close())
		}
		t.dirs[m], t.spools[m] = dir, dataset.NewSpool(dir)
	}
	return t, nil
}

// commandTally writes outputs to folders.
type commandTally struct {
	Tally
	of     *commanded
	data   *dataset.Data
	dirs   [2]string
	spools [2]*dataset.Spool
}

func (t *commandTally) Add(b Batch) error {
	for m, s := range t.spools {
		if s == nil {
			continue
		}
		for _, v := range t.of.model.Graph.Outputs {
			x := b.Outputs[m][v.Name]
			if x == nil || x.Rank() == 0 || x.Shape()[0] != b.Count {
				return fmt.Errorf("metric: output %q: want %d samples on axis 0", v.Name, b.Count)
			}
			if err := s.Add(v.Name, x); err != nil {
				return fmt.Errorf("metric: %w", err)
			}
		}
	}
	return t.Tally.Add(b)
}

func (t *commandTally) Figures(ctx context.Context) (*Figures, error) {
	f, err := t.Tally.Figures(ctx)
	if err != nil {
		return nil, err
	}
	m := report.Metric{Name: "metric", Unit: report.Number, HigherIsBetter: !t.of.lower}
	if m.Original, err = t.original(ctx); err == nil {
		m.Pruned, err = t.run(ctx, 1)
	}
	if err != nil {
		return nil, fmt.Errorf("metric: %w", err)
	}
	m.Drop = m.Scale() * (m.Original - m.Pruned)
	f.Metrics = append([]report.Metric{m}, f.Metrics...)
	return f, nil
}

// original returns what the command prints of the original, whatever model it is compared with.
func (t *commandTally) original(ctx context.Context) (float64, error) {
	c := t.of
	c.mu.Lock()
	defer c.mu.Unlock()
	if x, known := c.originals[t.data]; known {
		return x, nil
	}
	x, err := t.run(ctx, 0)
	if err == nil {
		c.originals[t.data] = x
	}
	return x, err
}

// run runs the command on the outputs of a model.
func (t *commandTally) run(ctx context.Context, m int) (float64, error) {
	dir := t.dirs[m]
	if err := t.spools[m].Save(OutputsName); err != nil {
		return 0, err
	}
	if err := t.spools[m].Close(); err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, SamplesName), t.names(), 0o666); err != nil {
		return 0, err
	}
	shell, args := "sh", []string{"-c", t.of.command + ` "$@"`, "sh", dir}
	if runtime.GOOS == "windows" {
		shell, args = "cmd", []string{"/C", t.of.command + ` "` + dir + `"`}
	}
	p := exec.CommandContext(ctx, shell, args...)
	var out, said bytes.Buffer
	p.Stdout, p.Stderr = &out, &said
	if err := p.Run(); err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, fmt.Errorf("%s: %w: %s", t.of.command, err, lastLine(said.String()))
	}
	x, err := strconv.ParseFloat(lastLine(out.String()), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("%s: want a number as its last line, have %q", t.of.command, lastLine(out.String()))
	}
	return x, nil
}

// names returns the names of the samples or, where they have none, their numbers.
func (t *commandTally) names() []byte {
	var b bytes.Buffer
	names := dataset.Names(t.data.Samples)
	for _, name := range names {
		fmt.Fprintln(&b, name)
	}
	if names != nil {
		return b.Bytes()
	}
	for i := range t.data.Samples.Count() {
		fmt.Fprintln(&b, i)
	}
	return b.Bytes()
}

// Close removes the folders.
func (t *commandTally) Close() error {
	var all []error
	for m, dir := range t.dirs {
		if dir == "" {
			continue
		}
		if t.spools[m] != nil {
			all = append(all, t.spools[m].Close())
		}
		all = append(all, os.RemoveAll(dir))
	}
	return errors.Join(all...)
}

// lastLine returns the last line that is not empty.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
