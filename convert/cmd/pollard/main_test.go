package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// invoke runs the command as a process would, with these arguments.
func invoke(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(context.Background(), append([]string{"pollard"}, args...), &out, &errs)
	return status, out.String(), errs.String()
}

// put writes a file into a new folder and returns its path.
func put(t *testing.T, name string, contents []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, contents, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func network(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../../fixtures/models/" + name + ".onnx")
	if err != nil {
		t.Fatal(err)
	}
	return put(t, name+".onnx", b)
}

func TestBadUsageIsOneLineAndStatusTwo(t *testing.T) {
	model := network(t, "mobilenetv2")
	out := filepath.Join(t.TempDir(), "out.onnx")
	for _, c := range []struct {
		name string
		args []string
		want string // a part of the line
	}{
		{"no such command", []string{"squash", model}, `unknown command "squash"`},
		{"no such flag", []string{"prune", model, "--colour", "red"}, "prune: unknown flag --colour: --help lists those there are"},
		{"a mistyped flag", []string{"prune", model, "--mcas", "0.5"}, "prune: unknown flag --mcas: did you mean --macs?"},
		{"a flag cut short", []string{"prune", model, "--calib", "x"}, "did you mean --calibration?"},
		{"a mistyped command", []string{"prnue", model}, `unknown command "prnue": did you mean prune?`},
		{"a flag without its value", []string{"prune", model, "-o"}, "prune: -o: want a value, have none"},
		{"a fraction that is none", []string{"prune", model, "-o", out, "--macs", "half"}, `macs: want a fraction as in 0.5 or 50%, have "half"`},
		{"a number that is none", []string{"prune", model, "-o", out, "--threads", "all"}, `threads: want a number, have "all"`},
		{"per cent over 100", []string{"prune", model, "-o", out, "--macs", "200%"}, "over 0 and at most 1, have 2"},
		{"no model", []string{"prune", "-o", out, "--macs", "0.5"}, "want IN.onnx, have none"},
		{"no output", []string{"prune", model, "--macs", "0.5"}, "output"},
		{"no budget", []string{"prune", model, "-o", out}, "want a budget"},
		{"a size of memory that is none", []string{"prune", model, "-o", out, "--macs", "0.5", "--max-memory", "much"}, `max-memory: want a size as in 4GiB or 500MB, have "much"`},
		{"no size of memory", []string{"run", model, "--max-memory", ""}, "max-memory: want a size as in 4GiB or 500MB, have none"},
		{"two budgets", []string{"prune", model, "-o", out, "--macs", "0.5", "--params", "0.5"}, "want one budget"},
		{"two budgets, one of them latency", []string{"prune", model, "-o", out, "--macs", "0.5", "--latency", "0.5"}, "want one budget, have --macs and --latency"},
		{"a latency that is no fraction", []string{"prune", model, "-o", out, "--latency", "0"}, "budget latency: want a fraction over 0 and at most 1, have 0"},
		{"a lambda below 0", []string{"prune", model, "-o", out, "--lambda", "-1"}, "lambda: want a number over 0, have -1"},
		{"a lambda of nothing", []string{"prune", model, "-o", out, "--lambda", "0"}, "lambda: want a number over 0, have 0"},
		{"a lambda for a solver that does not weigh", []string{"prune", model, "-o", out, "--lambda", "1", "--solver", "uniform", "--criterion", "obs"}, "solver uniform: it does not weigh"},
		{"a solver that weighs without a lambda", []string{"prune", model, "-o", out, "--macs", "0.5", "--solver", "lambda", "--criterion", "obs"}, "solver lambda: want lambda, a number over 0"},
		{"a lambda of units", []string{"prune", model, "-o", out, "--lambda", "1", "--units", "0.5"}, "want a budget of macs, params, bytes or latency, have units"},
		{"a lambda of what is no metric", []string{"prune", model, "-o", out, "--lambda", "1", "--of", "nodes"}, `of: want one of macs, params, bytes, latency, have "nodes"`},
		{"a lambda of another metric than the budget", []string{"prune", model, "-o", out, "--lambda", "1", "--of", "params", "--macs", "0.5"}, "of one metric, have --of params and --macs"},
		{"of without a lambda", []string{"prune", model, "-o", out, "--of", "params", "--macs", "0.5"}, "of: want --lambda"},
		{"a lambda for scores that do not add up", []string{"prune", model, "-o", out, "--lambda", "1", "--criterion", "l2"}, "want a criterion whose scores are errors that add up, obd or obs, not normalised, have l2"},
		{"a lambda for errors that were normalised", []string{"prune", model, "-o", out, "--lambda", "1", "--criterion", "obs", "--normalization", "mean"}, "have obs with normalization mean"},
		{"a budget that is no fraction", []string{"prune", model, "-o", out, "--macs", "2"}, "over 0 and at most 1, have 2"},
		{"an unknown criterion", []string{"prune", model, "-o", out, "--macs", "0.5", "--criterion", "luck"}, `unknown criterion "luck": want one of`},
		{"a missing file", []string{"prune", model + "x", "-o", out, "--macs", "0.5"}, "no such file"},
		{"output over input", []string{"prune", model, "-o", model, "--macs", "0.5"}, "would overwrite the input"},
		{"an output folder that is not there", []string{"prune", model, "-o", filepath.Join(out, "no", "x.onnx"), "--macs", "0.5"}, "cannot be written"},
		{"an output that is a folder", []string{"prune", model, "-o", filepath.Dir(out), "--macs", "0.5"}, "no regular file"},
		{"labels of nothing", []string{"prune", model, "-o", out, "--macs", "0.5", "--labels", model}, "labels: want --eval"},
		{"threads below 0", []string{"prune", model, "-o", out, "--macs", "0.5", "--threads", "-1", "--no-proof", "--no-latency"}, "threads: want 0 or more, have -1"},
		{"more threads than there can be", []string{"inspect", model, "--threads", "2147483647"}, "threads: want at most 4096"},
		{"data without a name", []string{"verify", model, model, "--data", ""}, "data: want the name of a file, have none"},
		{"calibration without a name", []string{"prune", model, "-o", out, "--macs", "0.5", "--calibration="}, "calibration: want the name of a file, have none"},
		{"inputs without a name", []string{"run", model, "--input", ""}, "input: want the name of a file, have none"},
		{"an output without a name", []string{"prune", model, "-o", "", "--macs", "0.5"}, "output: want the name of a file"},
		{"a dimension that is no number", []string{"inspect", model, "--dim", "N=many"}, "want NAME=N"},
	} {
		before, _ := os.ReadFile(model)
		status, stdout, stderr := invoke(t, c.args...)
		if status != exitBad || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 || stdout != "" {
			t.Errorf("%s: want status 2 and one line with %q, have status %d and %q, printed %q", c.name, c.want, status, stderr, stdout)
		}
		if after, _ := os.ReadFile(model); !bytes.Equal(before, after) {
			t.Errorf("%s: the input was touched", c.name)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: an output was written", c.name)
		}
	}
}
