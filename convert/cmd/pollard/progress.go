package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/pollard-dev/pollard/convert/format"
)

// progress shows how far long work has come: a bar on a terminal, a line for each
// stage elsewhere, nothing with --quiet.
func progress(c *cli.Context) func(stage string, done, total int) {
	w := c.App.ErrWriter
	if c.Bool("quiet") {
		return nil
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		show := bars(w)
		return func(stage string, done, total int) { show(format.Text(stage), done, total) }
	}
	last := ""
	return func(stage string, done, total int) {
		if stage != last {
			last = stage
			printf(w, "%s\n", stage)
		}
	}
}

func bars(w io.Writer) func(stage string, done, total int) {
	var bar *progressbar.ProgressBar
	last := ""
	return func(stage string, done, total int) {
		if total == 0 {
			total = -1 // a spinner
		}
		if stage != last {
			if bar != nil {
				bar.Finish()
			}
			last = stage
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(stage),
				progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false))
		}
		if total > 0 {
			bar.Set(done)
		} else {
			bar.Add(1)
		}
	}
}
