package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
)

func manCommand() *cli.Command {
	return &cli.Command{
		Name: "man", Usage: "print the manual page", Description: "Print the manual page of all commands, for man:\n\n    pollard man > pollard.1",
		Action: func(c *cli.Context) error {
			if err := wantArgs(c); err != nil {
				return err
			}
			return writeManual(c.App.Writer, c.App, convert.NewVersion().Version)
		},
	}
}

// writeManual writes the manual page in the macros of man(7). It has no date: the same program prints the same page.
func writeManual(w io.Writer, app *cli.App, version string) error {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH POLLARD 1 \"\" \"pollard %s\" \"User Commands\"\n", roff(version))
	fmt.Fprintf(&b, ".SH NAME\npollard \\- %s\n.SH SYNOPSIS\n.B pollard\n.I command\n.RI [ arguments ]\n.RI [ flags ]\n.SH DESCRIPTION\n%s\n.SH COMMANDS\n", roff(app.Usage), roff(appDescription))
	for _, h := range documented(app.Commands) {
		fmt.Fprintf(&b, ".SS %s\n%s\n.PP\n.B %s\n", roff("pollard "+h.name), roff(sentence(h.usage)), roff(h.synopsis()))
		for _, p := range paragraphs(h.description) {
			if isExample(p) {
				fmt.Fprintf(&b, ".PP\n.nf\n%s\n.fi\n", roff(p))
			} else {
				fmt.Fprintf(&b, ".PP\n%s\n", roff(p))
			}
		}
		for _, g := range h.groups {
			fmt.Fprintf(&b, ".PP\n.I %s\n", roff(g.category))
			for _, f := range g.flags {
				fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(f.spelled()), roff(f.explained()))
			}
		}
	}
	b.WriteString(".SH EXIT STATUS\n")
	for _, s := range exitStatuses {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", s.status, roff(s.meaning))
	}
	b.WriteString(".SH ENVIRONMENT\n")
	for _, e := range environment {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", e.name, roff(e.meaning))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// roff escapes text so that nothing in it is a request or an escape sequence.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}

// exitStatuses explains the exit statuses. Scripts rely on them.
var exitStatuses = []struct{ status, meaning string }{
	{"0", "Done."},
	{"1", "A gate failed: the proof, --max-drop, --min-agreement, --pick, a difference from test data, or a budget that cannot be reached. Nothing is written unless --force is given; the report is."},
	{"2", "Bad usage or bad input. One line on the standard error says which file and node, what was wanted and what was found."},
	{"130, 143", "Interrupted by SIGINT or SIGTERM."},
}

// environment lists the variables that commands read.
var environment = []struct{ name, meaning string }{
	{"POLLARD_SIMD", "The instruction set to compute with, at most what the machine has: generic, avx2, avx512 or neon."},
	{"POLLARD_PEERS", "The program that bench --peer runs."},
	{"GOMEMLIMIT", "A bound on memory, as --max-memory is."},
	{"TMPDIR", "The folder in which large compressed data are unpacked; the files are removed. TMP or TEMP on Windows."},
}
