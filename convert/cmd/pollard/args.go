package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the flags of a command in front of its arguments. The library
// treats everything after the first argument as an argument: in
// "prune in.onnx -o out.onnx" it would not see -o.
func flagsFirst(app *cli.App, args []string) []string {
	at := slices.IndexFunc(args, func(a string) bool {
		return slices.ContainsFunc(app.Commands, func(c *cli.Command) bool { return c.HasName(a) })
	})
	if at < 1 {
		return args
	}
	command := app.Command(args[at])
	takesValue := map[string]bool{}
	for _, f := range command.Flags {
		_, isBool := f.(*cli.BoolFlag)
		for _, name := range f.Names() {
			takesValue[name] = !isBool
		}
	}
	var flags, rest []string
	for i := at + 1; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			rest = append(rest, args[i:]...)
			break
		}
		if len(a) < 2 || a[0] != '-' {
			rest = append(rest, a)
			continue
		}
		flags = append(flags, a)
		name, _, joined := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if takesValue[name] && !joined {
			if i++; i == len(args) {
				rest = nil // so that none of the arguments is taken for the value
				break
			}
			flags = append(flags, args[i])
		}
	}
	return slices.Concat(args[:at+1], flags, rest)
}
