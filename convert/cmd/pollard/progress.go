package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/pollard-dev/pollard/convert/format"
)

// barKey is the key of the progress bar in the metadata of the app.
const barKey = "bar"

// progress returns a function that shows progress: as a bar on a terminal, else as a line for each
// stage. It returns nil with --quiet.
func progress(c *cli.Context) func(stage string, done, total int) {
	w := c.App.ErrWriter
	if c.Bool("quiet") {
		return nil
	}
	if isTerminal(w) {
		b := &bar{w: w, now: time.Now, width: func() int { return widthOf(w) }}
		if c.App.Metadata != nil {
			c.App.Metadata[barKey] = b
		}
		return b.show
	}
	last := ""
	return func(stage string, done, total int) {
		if stage != last {
			last = stage
			printf(w, "%s\n", stage)
		}
	}
}

// clearProgress erases the bar before something else is printed.
func clearProgress(app *cli.App) {
	if b, ok := app.Metadata[barKey].(*bar); ok {
		b.clear()
	}
}

// bar is a progress bar: one line of a terminal, drawn over and over.
type bar struct {
	w     io.Writer
	now   func() time.Time
	width func() int

	stage        string
	began, drawn time.Time
	shown        int // columns on the line
}

// between is the least time between two drawings.
const between = 100 * time.Millisecond

// show draws the progress of a stage. A total of 0 means that it is not known.
func (b *bar) show(stage string, done, total int) {
	now := b.now()
	if stage != b.stage {
		b.stage, b.began, b.drawn = stage, now, time.Time{}
	}
	if now.Sub(b.drawn) < between && done != total {
		return
	}
	b.drawn = now
	b.draw(barLine(format.Text(stage), done, total, now.Sub(b.began), b.width()-1))
}

// draw replaces the line. It erases with spaces, because not every terminal knows an escape sequence for it.
func (b *bar) draw(line string) {
	columns := utf8.RuneCountInString(line)
	fmt.Fprintf(b.w, "\r%s%s", line, strings.Repeat(" ", max(0, b.shown-columns)))
	b.shown = columns
}

// clear erases the line.
func (b *bar) clear() {
	if b.shown > 0 {
		b.draw("")
		fmt.Fprint(b.w, "\r")
	}
}

// barColumns is the width of the bar itself.
const barColumns = 24

// barLine returns the line to draw, at most width columns wide.
func barLine(stage string, done, total int, took time.Duration, width int) string {
	line := stage
	if total > 0 {
		filled := barColumns * min(done, total) / total
		line += fmt.Sprintf(" [%s%s] %d of %d", strings.Repeat("=", filled), strings.Repeat(" ", barColumns-filled), done, total)
	}
	if took >= time.Second {
		line += fmt.Sprintf(", %d s", int(took.Seconds()))
	}
	if r := []rune(line); len(r) > width {
		line = string(r[:max(0, width)])
	}
	return line
}

// widthOf returns the number of columns of the terminal.
func widthOf(w io.Writer) int {
	const usual = 80
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return usual
}
