// Package html writes a report as one page for people: text and tables by html/template, plots by a library that the page
// carries. The page needs no network and refuses any; the same report gives the same bytes.
//
// Numbers become text here, not in the page's scripts, so that the page says the same as the tables on a terminal. What is
// plotted goes into the page as JSON with its text beside it.
package html
