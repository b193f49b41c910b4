package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// commandHelp describes a command. Help, the manual page, docs/commands.md and the completion scripts are all
// made from it.
type commandHelp struct {
	name, usage, args string
	description       string // paragraphs; lines that begin with four spaces are examples
	groups            []flagGroup
}

// flagGroup is the flags of one category.
type flagGroup struct {
	category string
	flags    []flagHelp
}

// flagHelp describes a flag.
type flagHelp struct {
	names       []string // the long one first
	placeholder string   // of its value, what stands between backquotes in the usage; empty where it takes none
	text        string
	defaultText string
	environment []string
	required    bool
}

// documented describes the commands that are not hidden.
func documented(commands []*cli.Command) []commandHelp {
	var all []commandHelp
	for _, c := range commands {
		if !c.Hidden {
			all = append(all, describe(c))
		}
	}
	return all
}

func describe(c *cli.Command) commandHelp {
	h := commandHelp{name: c.Name, usage: c.Usage, args: c.ArgsUsage, description: c.Description}
	for _, category := range categories {
		g := flagGroup{category: category}
		for _, f := range c.Flags {
			if in, ok := f.(cli.CategorizableFlag); ok && in.GetCategory() == category {
				g.flags = append(g.flags, describeFlag(c.Name, f))
			}
		}
		if len(g.flags) > 0 {
			h.groups = append(h.groups, g)
		}
	}
	return h
}

// describeFlag describes a flag. If its usage is "`NAME`: text", the placeholder is left out of the text.
func describeFlag(command string, f cli.Flag) flagHelp {
	h := flagHelp{names: f.Names(), required: slices.Contains(required[command], f.Names()[0])}
	d, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return h
	}
	before, rest, _ := strings.Cut(d.GetUsage(), "`")
	named, after, _ := strings.Cut(rest, "`")
	h.text, h.environment = before+named+after, d.GetEnvVars()
	if text, apart := strings.CutPrefix(after, ": "); apart && before == "" {
		h.text = text
	}
	if !d.TakesValue() {
		return h
	}
	h.placeholder = named
	if text := strings.Trim(d.GetDefaultText(), `"`); text != "" && text != "0" && text != "[]" {
		h.defaultText = text
	}
	return h
}

// spelled returns the flag as one writes it: -o, --output FILE.
func (f *flagHelp) spelled() string {
	text := dashed(f.names[0])
	for _, n := range f.names[1:] {
		text = dashed(n) + ", " + text
	}
	if f.placeholder != "" {
		text += " " + f.placeholder
	}
	return text
}

// explained returns what the flag does, with its default.
func (f *flagHelp) explained() string {
	text := f.text
	if f.required {
		text += " Required."
	}
	if f.defaultText != "" {
		text += " Default: " + f.defaultText + "."
	}
	for _, e := range f.environment {
		text += " Environment: " + e + "."
	}
	return text
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// synopsis returns the command line with its arguments and required flags.
func (h *commandHelp) synopsis() string {
	parts := []string{"pollard", h.name}
	if h.args != "" {
		parts = append(parts, h.args)
	}
	optional := false
	for _, g := range h.groups {
		for _, f := range g.flags {
			if !f.required {
				optional = true
				continue
			}
			parts = append(parts, dashed(f.names[len(f.names)-1]), f.placeholder)
		}
	}
	if optional {
		parts = append(parts, "[flags]")
	}
	return strings.Join(parts, " ")
}

// helpWidth is the width of help in columns. The text of flags begins at helpColumn.
const helpWidth, helpColumn = 92, 28

// asksForHelp reports whether the arguments ask for help, and for which command; the empty name is the program.
func asksForHelp(commands []*cli.Command, args []string) (name string, asks bool) {
	for i, a := range args[min(1, len(args)):] {
		switch {
		case a == "--":
			return "", false
		case a == "-h" || a == "--help" || a == "-help" || i == 0 && a == "help":
			asks = true
		case name == "" && slices.ContainsFunc(commands, func(c *cli.Command) bool { return c.HasName(a) }):
			name = a
		}
	}
	return name, asks
}

// writeHelp writes the help of a command, or of the program if name is empty.
func writeHelp(w io.Writer, app *cli.App, name string) error {
	if name == "" {
		return writeAppHelp(w, app)
	}
	h := describe(app.Command(name))
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage: %s\n", sentence(h.usage), h.synopsis())
	for _, paragraph := range paragraphs(h.description) {
		b.WriteString("\n" + filled(paragraph) + "\n")
	}
	for _, g := range h.groups {
		fmt.Fprintf(&b, "\n%s:\n", g.category)
		for _, f := range g.flags {
			writeEntry(&b, f.spelled(), f.explained())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeAppHelp(w io.Writer, app *cli.App) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Pollard %s.\n\nUsage: pollard COMMAND [arguments] [flags]\n\nCommands:\n", app.Usage)
	for _, c := range documented(app.Commands) {
		writeEntry(&b, c.name, sentence(c.usage))
	}
	b.WriteString("\n" + filled(appDescription) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

const appDescription = `Flags may stand before or behind the arguments. "pollard COMMAND --help" lists those of a command. Exit status: 0 done; 1 a gate failed (proof, accuracy, budget); 2 bad usage or bad input; 130 and 143 interrupted.`

// writeEntry writes a name and, in a column of its own, the wrapped text.
func writeEntry(b *strings.Builder, name, text string) {
	lines := wrap(text, helpWidth-helpColumn)
	head := "  " + name
	if utf8.RuneCountInString(head)+2 > helpColumn {
		fmt.Fprintf(b, "%s\n", head)
		head = ""
	}
	for _, line := range lines {
		fmt.Fprintf(b, "%-*s%s\n", helpColumn, head, line)
		head = ""
	}
}

// paragraphs splits a description.
func paragraphs(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n\n")
}

// isExample reports whether a paragraph is an example.
func isExample(paragraph string) bool { return strings.HasPrefix(paragraph, "    ") }

// filled wraps a paragraph to the width of help. An example is not wrapped.
func filled(paragraph string) string {
	if isExample(paragraph) {
		return paragraph
	}
	return strings.Join(wrap(paragraph, helpWidth), "\n")
}

// wrap breaks text into lines between words.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// sentence turns a phrase into a sentence.
func sentence(phrase string) string { return strings.ToUpper(phrase[:1]) + phrase[1:] + "." }
