package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/table"
)

// On a narrow terminal no line is wider than it, numbers are whole, and of long names beginning and end are left.
func TestTablesFitTheTerminal(t *testing.T) {
	fill := func(columns string) string {
		t.Setenv("COLUMNS", columns)
		var b bytes.Buffer
		w := newTable(&b, "group", "kind", "units", "members", "params of its units")
		w.AppendRow(table.Row{"/model/encoder/stages.3/blocks.11/attention/output/dense/MatMul", "head dimension", 1024, 12, "1,234,567,890"})
		w.AppendRow(table.Row{"/短い/名前/" + strings.Repeat("層", 40) + "/end", "channel", 64, 3, "999"})
		w.Render()
		return b.String()
	}
	if whole := fill(""); !strings.Contains(whole, "blocks.11/attention/output/dense/MatMul") {
		t.Errorf("cut without a terminal:\n%s", whole)
	}
	for _, columns := range []string{"80", "60"} {
		out := fill(columns)
		width := map[string]int{"80": 80, "60": 60}[columns]
		for _, line := range strings.Split(out, "\n") {
			if columnsOf(line) > width {
				t.Errorf("at %s columns: %d wide: %s", columns, columnsOf(line), line)
			}
		}
		for _, want := range []string{"/model", "atMul", "…", "1,234,567,890", "end", "1024"} {
			if !strings.Contains(out, want) {
				t.Errorf("at %s columns: no %q in\n%s", columns, want, out)
			}
		}
	}
}

func TestCutInMiddle(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{{"abcdefghij", 9, "abcd…ghij"}, {"abcdefghij", 6, "abc…ij"}, {"abcdefghij", 3, "a…j"}, {"層層層層層層", 7, "層…層"}} {
		if have := cutInMiddle(c.text, c.width); have != c.want || columnsOf(have) > c.width {
			t.Errorf("%s in %d: want %s, have %s", c.text, c.width, c.want, have)
		}
	}
}
