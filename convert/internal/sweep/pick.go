package sweep

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
)

// Condition bounds one figure of a candidate.
type Condition struct {
	Figure string
	AtMost bool // else at least
	Bound  float64
}

func (c Condition) String() string {
	sign := ">="
	if c.AtMost {
		sign = "<="
	}
	return fmt.Sprintf("%s%s%g", c.Figure, sign, c.Bound)
}

// pickable is a figure that a condition can bound.
type pickable struct {
	name string
	of   func(*report.Candidate) *float64
	// quality marks a figure of how good a model is, as opposed to how small.
	quality bool
	// unit is a difference of one percent or percentage point. It makes figures comparable when no
	// candidate meets all conditions.
	unit float64
}

var pickables = []pickable{
	{"drop", func(c *report.Candidate) *float64 { return c.Drop }, true, 1},
	{"accuracy", func(c *report.Candidate) *float64 { return c.Model.Accuracy }, true, 0.01},
	{"agreement", func(c *report.Candidate) *float64 { return &c.Agreement }, true, 0.01},
	{"metric", func(c *report.Candidate) *float64 {
		if c.Metric == nil {
			return nil
		}
		return &c.Metric.Pruned
	}, true, 0.01},
	{"macs", func(c *report.Candidate) *float64 { return &c.Of.MACs }, false, 0.01},
	{"params", func(c *report.Candidate) *float64 { return &c.Of.Params }, false, 0.01},
	{"bytes", func(c *report.Candidate) *float64 { return &c.Of.Bytes }, false, 0.01},
	{"latency", func(c *report.Candidate) *float64 { return c.Of.Latency }, false, 0.01},
}

func pickableNamed(name string) *pickable {
	for i := range pickables {
		if pickables[i].name == name {
			return &pickables[i]
		}
	}
	return nil
}

// ParseConditions parses conditions separated by commas, such as "drop<=0.5,latency<=0.6". drop is
// in percentage points, every other figure a fraction.
func ParseConditions(text string) ([]Condition, error) {
	var all []Condition
	for _, part := range strings.Split(text, ",") {
		name, bound, ok := strings.Cut(part, "<=")
		c := Condition{AtMost: ok}
		if !ok {
			name, bound, ok = strings.Cut(part, ">=")
		}
		var err error
		c.Figure = strings.TrimSpace(name)
		c.Bound, err = strconv.ParseFloat(strings.TrimSpace(bound), 64)
		if !ok || err != nil || math.IsNaN(c.Bound) || math.IsInf(c.Bound, 0) {
			return nil, fmt.Errorf("pick: want a figure, <= or >= and a number, have %q", part)
		}
		if pickableNamed(c.Figure) == nil {
			var names []string
			for _, p := range pickables {
				names = append(names, p.name)
			}
			return nil, fmt.Errorf("pick: want one of %s, have %q", strings.Join(names, ", "), c.Figure)
		}
		all = append(all, c)
	}
	return all, nil
}

// pick returns the best of the candidates that meet the conditions: the one with the fewest
// multiply-accumulates if a condition bounds quality, else the one of the highest quality. If none
// meets them, it returns the nearest.
func pick(all []*report.Candidate, conditions []Condition) (chosen *report.Candidate, met bool, err error) {
	smallest := false
	for _, k := range conditions {
		p := pickableNamed(k.Figure)
		smallest = smallest || p.quality
		for _, c := range all {
			if p.of(c) == nil {
				return nil, false, fmt.Errorf("pick: %s is not known: want %s", k.Figure,
					map[bool]string{true: "labels of --eval, or agreement instead", false: "it to be measured"}[p.quality])
			}
		}
	}
	excess := func(c *report.Candidate) float64 {
		worst := 0.0
		for _, k := range conditions {
			p := pickableNamed(k.Figure)
			over := *p.of(c) - k.Bound
			if !k.AtMost {
				over = -over
			}
			if over > 1e-9 { // a quotient may round up
				worst = max(worst, over/p.unit)
			}
		}
		return worst
	}
	ordered := slices.Clone(all)
	slices.SortStableFunc(ordered, func(a, b *report.Candidate) int {
		size := cmp.Or(cmp.Compare(a.Of.MACs, b.Of.MACs), cmp.Compare(a.Of.Params, b.Of.Params))
		good := cmp.Compare(b.Score(), a.Score())
		if smallest {
			return cmp.Or(cmp.Compare(excess(a), excess(b)), size, good)
		}
		return cmp.Or(cmp.Compare(excess(a), excess(b)), good, size)
	})
	return ordered[0], excess(ordered[0]) == 0, nil
}

// formatFigures lists the figures of a candidate that the conditions bound.
func formatFigures(c *report.Candidate, conditions []Condition) string {
	var figures []string
	for _, k := range conditions {
		figures = append(figures, fmt.Sprintf("%s %.4g", k.Figure, *pickableNamed(k.Figure).of(c)))
	}
	return strings.Join(figures, ", ")
}

// copyModel copies a model file, giving its external data the new name.
func copyModel(ctx context.Context, from, to string, o onnx.WriteOptions) (err error) {
	file, err := onnx.Read(from)
	if err != nil {
		return err
	}
	defer file.Done(&err)
	staged, err := output.Stage(ctx, to, file.Model, o)
	if err != nil {
		return err
	}
	defer staged.Discard()
	if err := file.Unchanged(); err != nil {
		return err
	}
	return staged.Place()
}
