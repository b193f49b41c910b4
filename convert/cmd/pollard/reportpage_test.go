package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
)

// docs/report.md explains every field of every report, and none that is not there.
func TestReportPageHasEveryField(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	for page, report := range map[string]any{"## The report": report.Report{}, "## The report of a sweep": report.Sweep{}, "## Version": convert.Version{}} {
		_, section, found := strings.Cut(string(text), page+"\n")
		if !found {
			t.Fatalf("docs/report.md has no section %q", page)
		}
		section, _, _ = strings.Cut(section, "\n## ")
		explained := map[string]bool{}
		for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_.]+)`").FindAllStringSubmatch(section, -1) {
			explained[m[1]] = true
		}
		fields := fieldsOf(reflect.TypeOf(report), "", map[reflect.Type]bool{})
		for _, name := range fields {
			if !explained[name] {
				t.Errorf("%s: not explained: %s", page, name)
			}
			delete(explained, name)
		}
		for name := range explained {
			t.Errorf("%s: explained, and not in the report: %s", page, name)
		}
	}
}

// fieldsOf lists the paths that fields have in JSON; those of a type once, where it is first met.
func fieldsOf(t reflect.Type, path string, seen map[reflect.Type]bool) (all []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "": // its fields are those of t
			all = append(all, fieldsOf(f.Type, path, seen)...)
			continue
		case !f.IsExported() || name == "-":
			continue
		case name == "":
			name = f.Name
		}
		all = append(all, path+name)
		all = append(all, fieldsOf(f.Type, path+name+".", seen)...)
	}
	return all
}
