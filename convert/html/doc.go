// Package html writes a report as a page: text and tables with html/template, plots with a library that is part of the
// page. The page needs no network and forbids its use. The same report gives the same bytes.
//
// Numbers are formatted here, not in the page's scripts, so that the page agrees with the tables on a terminal. Plotted data
// goes into the page as JSON, together with its text.
package html
