package html

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"

	"github.com/pollard-dev/pollard/convert"
)

// Page is the content of a page. Sections that the report has nothing for are left out.
type Page struct {
	Report *convert.Report
	// Arguments is the command line, beginning with the program, or empty if it is not known.
	Arguments []string
	// Front lists the models to choose from, in the order of the table.
	Front []Point
}

//go:embed page.gohtml page.css page.js plots.js front.js
var own embed.FS

//go:embed library
var library embed.FS

var page = template.Must(template.New("page.gohtml").ParseFS(own, "page.gohtml"))

// Write writes the page.
func (p Page) Write(w io.Writer) error {
	v, err := newView(quoted(p))
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	// Marshal escapes <, > and & in strings, so that no name of a node can end the element.
	data, err := json.Marshal(v.plots)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	v.Data = template.JS(data)
	for _, l := range []struct{ licence, script string }{{"LICENSE-d3", "d3.min.js"}, {"LICENSE-plot", "plot.umd.min.js"}} {
		v.Libraries = append(v.Libraries, template.JS("/*\n"+asset(library, "library/"+l.licence)+"*/\n"+asset(library, "library/"+l.script)))
	}
	v.Scripts = template.JS(asset(own, "page.js") + asset(own, "plots.js") + asset(own, "front.js"))
	v.Style = template.CSS(asset(own, "page.css"))
	var b bytes.Buffer // a page is whole or not there
	if err := page.Execute(&b, v); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

func asset(from embed.FS, name string) string {
	b, err := from.ReadFile(name)
	if err != nil {
		panic(err) // it was there when this was compiled
	}
	return string(b)
}
