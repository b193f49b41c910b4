// Command pollard prunes ONNX models and proves the result.
//
// Exit status: 0 done, 1 a gate failed (proof, accuracy, budget), 2 bad usage or bad input, 130 and 143 interrupted by SIGINT and
// SIGTERM.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/internal/staging"
)

// The exit statuses of the contract.
const (
	exitDone = 0
	exitGate = 1
	exitBad  = 2
)

// argumentsKey is the key of the command line in the metadata of the app; pages show it.
const argumentsKey = "arguments"

func main() {
	os.Exit(uninterrupted(func(ctx context.Context) int { return run(ctx, os.Args, os.Stdout, os.Stderr) }, os.Stderr))
}

// run is main, but returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (status int) {
	defer func() {
		if r := recover(); r != nil { // a defect of ours; the user gets a line, not a stack
			complain(stderr, fmt.Sprintf("internal error: %v", r))
			status = exitBad
		}
	}()
	before := len(staging.Placed())
	app := newApp(stdout, stderr)
	app.Metadata = map[string]any{argumentsKey: args}
	if name, asks := asksForHelp(app.Commands, args); asks {
		if err := writeHelp(stdout, app, name); err != nil {
			complain(stderr, "the standard output: "+err.Error())
			return exitBad
		}
		return exitDone
	}
	err := app.RunContext(ctx, flagsFirst(app, args))
	clearProgress(app)
	var part *convert.Interrupted
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &part) && part.Done > 0:
		return stopStatus(ctx, stderr, part.Error())
	case ctx.Err() != nil:
		return stopStatus(ctx, stderr, interrupted(staging.Placed()[before:]))
	}
	var bad *dataset.BadFiles
	if errors.As(err, &bad) {
		for _, line := range bad.Lines() {
			complain(stderr, line)
		}
	}
	message := err.Error()
	if placed := staging.Placed()[before:]; len(placed) > 0 && !convert.IsGate(err) {
		message += "; " + writtenBefore(placed)
	}
	complain(stderr, message)
	if convert.IsGate(err) {
		return exitGate
	}
	return exitBad
}

// complain prints the error of a command as one line.
func complain(stderr io.Writer, message string) {
	fmt.Fprintln(stderr, format.Line("pollard: "+message))
}

func newApp(stdout, stderr io.Writer) *cli.App {
	commands := []*cli.Command{
		pruneCommand(), sweepCommand(), ticketCommand(), calibrateCommand(), inspectCommand(), lookCommand(), verifyCommand(), benchCommand(), runCommand(),
		versionCommand(), completionCommand(), manCommand(), serveCommand(),
	}
	for _, c := range commands {
		c.Before, c.OnUsageError, c.HideHelp = checkFlags, usageError, true // help is asked for before flags are looked at
	}
	return &cli.App{
		Name:      "pollard",
		Usage:     "removes channels, heads and neurons from trained ONNX models and proves the result",
		Writer:    stdout,
		ErrWriter: stderr,
		Commands:  commands,
		Before:    func(*cli.Context) error { return convert.CheckLevel() },
		// Errors are printed and turned into an exit status in one place, run.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   usageError,
		HideHelp:       true,
		HideVersion:    true,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return notFound(c.App.Commands, c.Args().First())
			}
			return writeHelp(c.App.Writer, c.App, "")
		},
	}
}

// wantArgs checks the number of arguments, not counting flags.
func wantArgs(c *cli.Context, names ...string) error {
	if c.Args().Len() != len(names) {
		have := "none"
		if c.Args().Present() {
			have = strings.Join(c.Args().Slice(), " ")
		}
		want := "no arguments"
		if len(names) > 0 {
			want = strings.Join(names, " ")
		}
		return fmt.Errorf("%s: want %s, have %s", c.Command.Name, want, have)
	}
	for i, name := range names {
		if c.Args().Get(i) == "" {
			return errors.New(c.Command.Name + ": " + name + " is empty")
		}
	}
	return nil
}
