package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

var update = flag.Bool("update", false, "write the files that are made from the command")

// Each flag has a category that help shows, one sentence, a placeholder where it takes a value, and at most one default.
func TestFlagsAreExplained(t *testing.T) {
	app := newApp(io.Discard, io.Discard)
	sentence := regexp.MustCompile(`^[A-Z][^A-Z].*[^.]\.$`)
	for _, c := range app.Commands {
		h := describe(c)
		shown := 0
		for _, g := range h.groups {
			for _, f := range g.flags {
				shown++
				if !sentence.MatchString(f.text) || strings.Contains(f.text, ". ") {
					t.Errorf("%s --%s: want one sentence, have %q", c.Name, f.names[0], f.text)
				}
				if strings.Contains(f.text, "default") {
					t.Errorf("%s --%s: want the default where defaults are, have %q", c.Name, f.names[0], f.text)
				}
				if _, isBool := c.Flags[index(c, f.names[0])].(*cli.BoolFlag); isBool != (f.placeholder == "") {
					t.Errorf("%s --%s: want a placeholder for a value and for nothing else, have %q", c.Name, f.names[0], f.placeholder)
				}
			}
		}
		if shown != len(c.Flags) {
			t.Errorf("%s: help shows %d of %d flags", c.Name, shown, len(c.Flags))
		}
		for _, name := range required[c.Name] {
			if index(c, name) < 0 {
				t.Errorf("%s: there is no --%s to require", c.Name, name)
			}
		}
	}
}

func index(c *cli.Command, name string) int {
	return slices.IndexFunc(c.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
}

// Help is the same however it is asked for, goes to the standard output, and fits a terminal.
func TestHelp(t *testing.T) {
	for _, c := range newApp(io.Discard, io.Discard).Commands {
		if c.Hidden {
			continue
		}
		_, want, _ := invoke(t, c.Name, "--help")
		for _, args := range [][]string{{c.Name, "-h"}, {"help", c.Name}, {"--help", c.Name}, {c.Name, "in.onnx", "--json", "x", "--help"}} {
			if status, stdout, stderr := invoke(t, args...); status != exitDone || stdout != want || stderr != "" {
				t.Errorf("%v: status %d, printed %.80q and %q", args, status, stdout, stderr)
			}
		}
		if !strings.Contains(want, "\nUsage: pollard "+c.Name) {
			t.Errorf("%s: no usage in %q", c.Name, want)
		}
		for line := range strings.Lines(want) {
			if len(line) > helpWidth+1 && !isExample(line) {
				t.Errorf("%s: a line of %d characters: %q", c.Name, len(line)-1, line)
			}
		}
	}
	_, want, _ := invoke(t)
	if _, have, _ := invoke(t, "help"); have != want || !strings.Contains(have, "\n  prune ") || strings.Contains(have, "\n  serve ") {
		t.Errorf("help of the program: %q", have)
	}
	if status, _, stderr := invoke(t, "inspect", "--", "--help"); status != exitBad || !strings.Contains(stderr, "--help") {
		t.Errorf("a file of the name --help: status %d, %q", status, stderr)
	}
}

// docs/commands.md is what the command says of itself; go generate writes it.
func TestReferenceIsCurrent(t *testing.T) {
	const path = "../../../docs/commands.md"
	var want bytes.Buffer
	if err := writeReference(&want, newApp(io.Discard, io.Discard)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(have, want.Bytes()) {
		t.Errorf("%s is not current: go generate ./convert/cmd/pollard (%v)", path, err)
	}
}

// The manual page has every flag, is the same each time and, where groff is there, gives it nothing to complain about.
func TestManualPage(t *testing.T) {
	status, page, stderr := invoke(t, "man")
	if _, again, _ := invoke(t, "man"); status != exitDone || again != page {
		t.Fatalf("status %d, %q", status, stderr)
	}
	for _, h := range documented(newApp(io.Discard, io.Discard).Commands) {
		h.each(func(f flagHelp) string {
			if !strings.Contains(page, ".B "+roff(f.spelled())+"\n") {
				t.Errorf("%s: no %s", h.name, f.spelled())
			}
			return ""
		})
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("there is no groff here")
	}
	c := exec.Command(groff, "-man", "-Tascii", "-ww", "-z")
	c.Stdin = strings.NewReader(page)
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v: %s", err, out)
	}
}

func TestCompletion(t *testing.T) {
	for shell := range shells {
		status, script, stderr := invoke(t, "completion", shell)
		for _, want := range []string{"prune", "calibration", "leastsquares"} {
			if status != exitDone || !strings.Contains(script, want) {
				t.Errorf("%s: status %d, %q, no %s", shell, status, stderr, want)
			}
		}
		if path, err := exec.LookPath(shell); err == nil {
			c := exec.Command(path, "-n")
			c.Stdin = strings.NewReader(script)
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", shell, err, out)
			}
		}
	}
	for _, args := range [][]string{{"completion"}, {"completion", "tcsh"}, {"completion", "bash", "zsh"}} {
		if status, stdout, stderr := invoke(t, args...); status != exitBad || stdout != "" || !strings.Contains(stderr, "want bash") {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here")
	}
	_, script, _ := invoke(t, "completion", "bash")
	for words, want := range map[string]string{
		"pollard ":                              "prune sweep ticket calibrate inspect data verify bench run version completion man",
		"pollard ver":                           "verify version",
		"pollard prune in.onnx --max":           "--max-drop --max-memory",
		"pollard prune in.onnx --recovery le":   "leastsquares",
		"pollard calibrate --criterion a":       "activation apoz",
		"pollard prune in.onnx --calibration x": "",
	} {
		c := exec.Command(bash, "-c", script+`
COMP_WORDS=(`+words+` ); [[ "$1" == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _pollard; echo "${COMPREPLY[*]}"`, "bash", words)
		if out, err := c.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%q: want %q, have %q (%v)", words, want, out, err)
		}
	}
}

func TestSuggestions(t *testing.T) {
	names := []string{"macs", "params", "max-drop", "max-memory", "calibration", "o"}
	for typed, want := range map[string]string{
		"macs": "macs", "mcas": "macs", "mac": "macs", "param": "params", "max-dorp": "max-drop", "calibraton": "calibration", "calib": "calibration",
		"x": "", "colour": "", "": "",
	} {
		if have := nearest(typed, names); have != want {
			t.Errorf("%q: want %q, have %q", typed, want, have)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "abd", 1}, {"abcd", "bcd", 1}, {"kitten", "sitting", 3}} {
		if have := edits(c.a, c.b); have != c.want {
			t.Errorf("%q to %q: want %d, have %d", c.a, c.b, c.want, have)
		}
	}
}

func TestFractions(t *testing.T) {
	for text, want := range map[string]float64{"0.5": 0.5, "50%": 0.5, " 12.5 % ": 0.125, "1": 1, "100%": 1, "1e-3": 1e-3} {
		if have, err := parseFraction(text); err != nil || have != want {
			t.Errorf("%q: want %v, have %v (%v)", text, want, have, err)
		}
	}
	for _, text := range []string{"", "%", "half", "50%%", "NaN", "0,5"} {
		if have, err := parseFraction(text); err == nil {
			t.Errorf("%q: want an error, have %v", text, have)
		}
	}
	for text, want := range map[string]string{
		"drop<=0.5": "drop<=0.5", "macs<=50%,drop<=1": "macs<=0.5,drop<=1", "latency <= 60%": "latency <=0.6", "drop<=1%": "drop<=1%", "accuracy>=90%": "accuracy>=0.9", "x": "x",
	} {
		if have := asFractions(text); have != want {
			t.Errorf("%q: want %q, have %q", text, want, have)
		}
	}
	// A percentage and the number make the same model.
	model := network(t, "mobilenetv2")
	var sums []string
	for _, keep := range []string{"0.6", "60%"} {
		status, stdout, stderr := invoke(t, "prune", model, "-o", "-", "--macs", keep, "--criterion", "l2", "--recovery", "none", "--no-latency", "--no-proof", "--quiet")
		if status != exitDone {
			t.Fatalf("%s: status %d, %s", keep, status, stderr)
		}
		sums = append(sums, stdout)
	}
	if sums[0] != sums[1] || sums[0] == "" {
		t.Error("0.6 and 60% made different models")
	}
}
