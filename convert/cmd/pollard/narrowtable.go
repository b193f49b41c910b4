package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// printed is a table that quotes its cells as printf does, and that is no wider than the terminal it is printed on.
type printed struct {
	table.Writer
	width  int // of the terminal; 0 for none
	header table.Row
	rows   []table.Row
}

// AppendRow adds a row.
func (p *printed) AppendRow(row table.Row, config ...table.RowConfig) {
	p.rows = append(p.rows, printable(row))
	p.Writer.AppendRow(printable(row), config...)
}

// AppendRows adds rows.
func (p *printed) AppendRows(rows []table.Row, config ...table.RowConfig) {
	for _, r := range rows {
		p.AppendRow(r, config...)
	}
}

// Render prints the table.
func (p *printed) Render() string {
	if header, rows, narrower := fitted(p.header, p.rows, p.width); narrower {
		p.ResetHeaders()
		p.ResetRows()
		p.Writer.AppendHeader(header)
		p.Writer.AppendRows(rows)
	}
	return p.Writer.Render()
}

// tableWidth returns how many columns a table on w may have: those of a terminal, or what COLUMNS says. 0 is no bound.
func tableWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	width, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err != nil || width < 0 {
		return 0
	}
	return width
}

// leastCut is the width below which no text is cut.
const leastCut = 9

// fitted returns a table that is at most width columns wide, if it can be: words of the header stand below each other
// where the column is narrower, and long text, of which beginning and end tell most, is cut in the middle. Numbers stay
// whole. narrower is false if the table fits as it is.
func fitted(header table.Row, rows []table.Row, width int) (_ table.Row, _ []table.Row, narrower bool) {
	columns := len(header)
	natural, least := make([]int, columns), make([]int, columns)
	for c := range columns {
		number := true
		for _, r := range rows {
			if c < len(r) {
				cell := fmt.Sprint(r[c])
				natural[c] = max(natural[c], columnsOf(cell))
				number = number && !wordy(cell)
			}
		}
		if least[c] = natural[c]; !number {
			least[c] = min(natural[c], leastCut)
		}
		for _, word := range strings.Fields(fmt.Sprint(header[c])) {
			least[c] = max(least[c], columnsOf(word))
		}
		natural[c] = max(natural[c], columnsOf(fmt.Sprint(header[c])))
	}
	const beside = 2 // a space on either side
	total := func(widths []int) (sum int) {
		for _, w := range widths {
			sum += w + beside
		}
		return sum
	}
	if width <= 0 || total(natural) <= width {
		return header, rows, false
	}
	widths := slices.Clone(natural)
	for total(widths) > width {
		widest := -1
		for c, w := range widths {
			if w > least[c] && (widest < 0 || w > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			break // it is as narrow as can be
		}
		widths[widest]--
	}
	narrow := make(table.Row, columns)
	for c, h := range header {
		narrow[c] = text.WrapSoft(fmt.Sprint(h), widths[c])
		if lines := strings.Split(narrow[c].(string), "\n"); len(lines) > 1 {
			for i := range lines {
				lines[i] = strings.TrimSpace(lines[i])
			}
			narrow[c] = strings.Join(lines, "\n")
		}
	}
	var cut []table.Row
	for _, r := range rows {
		row := slices.Clone(r)
		for c := range row {
			if cell := fmt.Sprint(row[c]); c < columns && columnsOf(cell) > widths[c] {
				row[c] = cutInMiddle(cell, widths[c])
			}
		}
		cut = append(cut, row)
	}
	return narrow, cut, true
}

// columnsOf returns how many columns of a terminal a string takes.
func columnsOf(s string) int { return text.StringWidthWithoutEscSequences(s) }

// wordy reports whether a cell is text that may be cut, not a number with its unit.
func wordy(cell string) bool {
	first := strings.TrimLeft(cell, "+-<")
	return first != "" && !unicode.IsDigit([]rune(first)[0])
}

// cutInMiddle returns s with an ellipsis in place of its middle, at most width columns wide.
func cutInMiddle(s string, width int) string {
	r := []rune(s)
	head, tail := 0, len(r)
	for head < len(r) && columnsOf(string(r[:head+1])) <= width/2 {
		head++
	}
	for tail > head && columnsOf(string(r[tail-1:])) <= (width-1)/2 {
		tail--
	}
	return string(r[:head]) + "…" + string(r[tail:])
}
