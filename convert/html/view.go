package html

import (
	"fmt"
	"html/template"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/convert"
)

// view is the report as text for the template. An empty field leaves its section out.
type view struct {
	Title, Command string
	Failed         []string
	Tiles          []tile
	Files          []file
	Comparison     *table
	Classes        *table
	Pictures       []foundPicture
	Facts          []fact
	Proof          *proofView
	Groups         string
	Saliency       string
	Pinned         *table
	Repair         string
	Repairs        *table
	Latency        *latencyView
	Sparse         []sparseView
	Efficiency     []efficiencyView
	Front          *table
	FrontOf        string
	Timings        bool

	Libraries []template.JS
	Scripts   template.JS
	Data      template.JS
	Style     template.CSS
	plots     map[string]any // by the name that the page's scripts know
}

// tile is one of the figures at the top of the page.
type tile struct{ Name, Value, Note string }

// fact is a line of the section on how the model was made.
type fact struct{ Name, Text string }

// file names a model's file.
type file struct{ Name, Path, SHA256 string }

// table is rows of text. Columns from Numbers on hold numbers.
type table struct {
	Header  []string
	Rows    [][]string
	Numbers int
}

// without removes a column.
func (t *table) without(column int) {
	t.Header = slices.Delete(t.Header, column, column+1)
	for i := range t.Rows {
		t.Rows[i] = slices.Delete(t.Rows[i], column, column+1)
	}
	t.Numbers--
}

func newView(p Page) (*view, error) {
	r := p.Report
	pictures, err := found(r.Pictures)
	if err != nil {
		return nil, err
	}
	v := &view{Pictures: pictures, Title: title(r), Command: commandLine(p.Arguments), Failed: r.Failed, plots: map[string]any{}}
	v.figures(r)
	v.facts(r)
	v.proof(r.Proof)
	v.front(p.Front)
	v.groups(r)
	v.saliency(r)
	v.pinned(r)
	v.repairs(r)
	v.latency(r)
	v.sparse(r)
	v.timings(r)
	return v, nil
}

// title returns the title of the page.
func title(r *convert.Report) string {
	var names []string
	for _, l := range r.Latency {
		names = append(names, filepath.Base(l.Path))
	}
	of := strings.Join(names, " and ")
	if r.Original != nil {
		if of = filepath.Base(r.Original.Path); r.Pruned != nil && r.Pruned.Path != "" && r.Command == "verify" {
			of = fmt.Sprintf("%s against %s", filepath.Base(r.Pruned.Path), of)
		}
	}
	if of == "" {
		return r.Command
	}
	return r.Command + " " + of
}

// commandLine joins arguments, quoted for a shell.
func commandLine(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = a
		if a == "" || strings.ContainsFunc(a, func(r rune) bool {
			return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-", r)
		}) {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
