// Package report is the form of what a run found and did: the JSON that every command writes, schema pollard.report/v1.
// Fields may be added, none is ever renamed. Figures that are not known are null.
package report
