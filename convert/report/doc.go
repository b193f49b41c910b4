// Package report defines the JSON that every command writes, schema pollard.report/v1, and the
// forms of sweeps and candidates. Rooms fill it in; commands, the page and other programs read it.
// Fields may be added; none is renamed. Unknown figures are null.
//
// It is public so that a program can decode a report into the same types.
package report
