package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

//go:generate go test -run TestReferenceIsCurrent -update

// writeReference writes docs/commands.md: every command and flag.
func writeReference(w io.Writer, app *cli.App) error {
	var b strings.Builder
	b.WriteString("# Every command and flag\n\nMade from the command itself: `go generate ./convert/cmd/pollard` writes this page, and a test fails when it is not current.\n" +
		"`pollard COMMAND --help` prints the same, `pollard man` a manual page.\n\n| command | what it does |\n|---|---|\n")
	commands := documented(app.Commands)
	for _, h := range commands {
		fmt.Fprintf(&b, "| [`pollard %s`](#pollard-%s) | %s |\n", h.name, h.name, cell(h.usage))
	}
	for _, h := range commands {
		fmt.Fprintf(&b, "\n## pollard %s\n\n%s\n\n    %s\n", h.name, sentence(h.usage), h.synopsis())
		for _, p := range paragraphs(h.description) {
			b.WriteString("\n" + escaped(p) + "\n")
		}
		for _, g := range h.groups {
			fmt.Fprintf(&b, "\n| %s | |\n|---|---|\n", g.category)
			for _, f := range g.flags {
				fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(f.spelled(), "|", `\|`), cell(f.explained()))
			}
		}
	}
	b.WriteString("\n## Exit status\n\n| status | meaning |\n|---|---|\n")
	for _, s := range exitStatuses {
		fmt.Fprintf(&b, "| %s | %s |\n", s.status, cell(s.meaning))
	}
	b.WriteString("\n## Environment\n\n| variable | meaning |\n|---|---|\n")
	for _, e := range environment {
		fmt.Fprintf(&b, "| `%s` | %s |\n", e.name, cell(e.meaning))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell escapes text for a cell of a Markdown table.
func cell(text string) string { return strings.ReplaceAll(escaped(text), "|", `\|`) }

// escaped escapes text for Markdown. An example is indented, which shows it as it is.
func escaped(text string) string {
	if isExample(text) {
		return text
	}
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "_", `\_`).Replace(text)
}
