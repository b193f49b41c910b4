package passes

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func model(t *testing.T) *graph.Model {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[1] x) => (float[1] y) { y = Relu(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// recorder makes passes that record that they ran.
type recorder struct{ ran []string }

func (r *recorder) pass(name string, needs, gives, breaks []Fact) Pass {
	return Pass{Name: name, Needs: needs, Gives: gives, Breaks: breaks, Run: func(context.Context, *graph.Model) (bool, error) {
		r.ran = append(r.ran, name)
		return false, nil
	}}
}

func TestTheOrderIsCheckedBeforeAnythingRuns(t *testing.T) {
	fact := []Fact{"fact"}
	for _, c := range []struct {
		name  string
		table func(r *recorder) []Pass
		want  string // of the error; empty for none
	}{
		{"given", func(r *recorder) []Pass { return []Pass{r.pass("a", nil, fact, nil), r.pass("b", fact, nil, nil)} }, ""},
		{"given too late", func(r *recorder) []Pass { return []Pass{r.pass("b", fact, nil, nil), r.pass("a", nil, fact, nil)} }, `b needs "fact"`},
		{"broken in between", func(r *recorder) []Pass {
			return []Pass{r.pass("a", nil, fact, nil), r.pass("c", nil, nil, fact), r.pass("b", fact, nil, nil)}
		}, `b needs "fact"`},
		{"broken and given by one pass", func(r *recorder) []Pass { return []Pass{r.pass("a", nil, fact, fact), r.pass("b", fact, nil, nil)} }, ""},
		{"given inside a fixpoint", func(r *recorder) []Pass {
			return []Pass{Fixpoint("f", "", r.pass("a", nil, fact, nil), r.pass("c", nil, nil, fact)), r.pass("b", fact, nil, nil)}
		}, ""},
		{"given before a fixpoint that breaks it for its second round", func(r *recorder) []Pass {
			return []Pass{r.pass("a", nil, fact, nil), Fixpoint("f", "", r.pass("b", fact, nil, nil), r.pass("c", nil, nil, fact))}
		}, `f: pass b needs "fact"`},
		{"broken by a fixpoint", func(r *recorder) []Pass {
			return []Pass{r.pass("a", nil, fact, nil), Fixpoint("f", "", r.pass("c", nil, nil, fact)), r.pass("b", fact, nil, nil)}
		}, `b needs "fact"`},
	} {
		r := &recorder{}
		err := Run(t.Context(), model(t), c.table(r))
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: have %v, want %s", c.name, err, c.want)
		case len(r.ran) > 0:
			t.Errorf("%s: %v ran", c.name, r.ran)
		}
	}
}

func TestFixpointRunsUntilNothingChanges(t *testing.T) {
	left, rounds := 3, 0
	p := Fixpoint("f", "", Pass{Name: "count", Run: func(context.Context, *graph.Model) (bool, error) {
		rounds++
		left--
		return left >= 0, nil
	}})
	if changed, err := p.Run(t.Context(), model(t)); !changed || err != nil || rounds != 4 {
		t.Errorf("changed %v, %v, %d rounds, want 4", changed, err, rounds)
	}
	if changed, err := p.Run(t.Context(), model(t)); changed || err != nil {
		t.Errorf("nothing to do: changed %v, %v", changed, err)
	}
	endless := Fixpoint("endless", "", Pass{Name: "toggle", Run: func(context.Context, *graph.Model) (bool, error) { return true, nil }})
	if err := Run(t.Context(), model(t), []Pass{endless}); err == nil || !strings.Contains(err.Error(), "still changing after 100 rounds") {
		t.Errorf("have %v", err)
	}
}

func TestRunNamesThePassThatFails(t *testing.T) {
	cause := errors.New("no such thing")
	fails := Pass{Name: "fails", Run: func(context.Context, *graph.Model) (bool, error) { return false, cause }}
	err := Run(t.Context(), model(t), []Pass{Fixpoint("outer", "", fails)})
	if !errors.Is(err, cause) || err.Error() != "outer: fails: no such thing" {
		t.Errorf("have %v", err)
	}
	breaks := Pass{Name: "breaks", Run: func(_ context.Context, m *graph.Model) (bool, error) {
		m.Graph.Outputs[0].Name = m.Graph.Inputs[0].Name
		return true, nil
	}}
	if err := Run(t.Context(), model(t), []Pass{breaks}); err == nil || !strings.Contains(err.Error(), "breaks left a broken graph") {
		t.Errorf("have %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := &recorder{}
	if err := Run(ctx, model(t), []Pass{r.pass("a", nil, nil, nil)}); !errors.Is(err, context.Canceled) || len(r.ran) > 0 {
		t.Errorf("have %v, %v ran", err, r.ran)
	}
}
