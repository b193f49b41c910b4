package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

// notFound returns the error for an unknown command.
func notFound(commands []*cli.Command, name string) error {
	var names []string
	for _, c := range documented(commands) {
		names = append(names, c.name)
	}
	if near := nearest(name, names); near != "" {
		return fmt.Errorf("unknown command %q: did you mean %s?", name, near)
	}
	return fmt.Errorf("unknown command %q: want one of %s", name, strings.Join(names, ", "))
}

// usageError rewrites the errors of package flag as one line that names the flag.
func usageError(c *cli.Context, err error, _ bool) error {
	of := "pollard"
	if c.Command != nil && c.Command.Name != "" {
		of = c.Command.Name
	}
	message := err.Error()
	if name, found := strings.CutPrefix(message, "flag needs an argument: -"); found {
		return fmt.Errorf("%s: %s: want a value, have none", of, dashed(strings.TrimLeft(name, "-")))
	}
	if text, found := strings.CutPrefix(message, "invalid value "); found {
		return invalidValue(err, text)
	}
	name, unknown := strings.CutPrefix(message, "flag provided but not defined: -")
	if !unknown {
		return err
	}
	return unknownFlag(c, of, name)
}

// invalidValue rewrites an error whose text begins with "invalid value"; text is the rest of it.
func invalidValue(err error, text string) error {
	value, quoteErr := strconv.QuotedPrefix(text)
	name, reason, ok := strings.Cut(strings.TrimPrefix(text[len(value):], " for flag -"), ": ")
	switch {
	case quoteErr != nil || !ok:
		return err
	case reason == "parse error":
		return fmt.Errorf("%s: want a number, have %s", name, value)
	case reason == "value out of range":
		return fmt.Errorf("%s: %s is out of range", name, value)
	}
	return fmt.Errorf("%s: %s", name, reason)
}

// unknownFlag returns the error for a flag that a command does not have.
func unknownFlag(c *cli.Context, of, name string) error {
	name = strings.TrimLeft(name, "-")
	var names []string
	if c.Command != nil {
		for _, f := range c.Command.Flags {
			names = append(names, f.Names()...)
		}
	}
	if near := nearest(name, names); near != "" {
		return fmt.Errorf("%s: unknown flag %s: did you mean %s?", of, dashed(name), dashed(near))
	}
	return fmt.Errorf("%s: unknown flag %s: --help lists those there are", of, dashed(name))
}

// nearest returns the name that was most likely meant, or "" if none is close.
func nearest(typed string, names []string) string {
	best, least := "", max(1, len(typed)/3)+1
	for _, n := range names {
		if d := edits(typed, n); len(n) > 1 && d < least {
			best, least = n, d
		}
	}
	if best != "" {
		return best
	}
	const telling = 4 // letters that a name which was cut short has at least
	for _, n := range names {
		if len(typed) >= telling && strings.HasPrefix(n, typed) {
			return n
		}
	}
	return ""
}

// edits returns the optimal string alignment distance of two words: the number of insertions, deletions, substitutions and
// swaps of neighbours.
func edits(a, b string) int {
	var before, last []int // rows of the table for a[:i-2] and a[:i-1]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
