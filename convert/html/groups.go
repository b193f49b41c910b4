package html

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/group"
)

// groups shows how much of each group is kept.
func (v *view) groups(r *convert.Report) {
	if len(r.Groups) == 0 {
		return
	}
	var bars []bar
	cut, units, kept := 0, 0, 0
	for _, g := range r.Groups {
		if g.Kept < g.Units {
			cut++
		}
		units, kept = units+g.Units, kept+g.Kept
		bars = append(bars, bar{g.Name, float64(g.Kept) / float64(max(1, g.Units)), fmt.Sprintf("%s / %s", format.Count(int64(g.Kept)), format.Count(int64(g.Units))),
			fmt.Sprintf("%s\n%s: %s of %s kept\n%s params, %d axes", g.Name, g.Kind, format.Count(int64(g.Kept)), format.Count(int64(g.Units)), format.Count(g.Params), len(g.Members))})
	}
	v.Groups = fmt.Sprintf("%d of %d groups cut; %s of %s units kept.", cut, len(r.Groups), format.Count(int64(kept)), format.Count(int64(units)))
	v.plots["groups"] = bars
}

// histogram shows the scores of a group.
type histogram struct {
	Name  string   `json:"name"`
	Least string   `json:"least"`
	Most  string   `json:"most"`
	Zero  bool     `json:"zero"` // whether the first class is that of units worth nothing
	Bins  []scores `json:"bins"`
}

// scores is one class of a histogram.
type scores struct {
	Kept    int    `json:"kept"`
	Removed int    `json:"removed"`
	Tip     string `json:"tip"`
}

// saliency shows the scores of the units.
func (v *view) saliency(r *convert.Report) {
	var all []histogram
	for _, g := range r.Groups {
		if s := g.Saliency; s != nil && len(s.Kept) == len(s.Removed) {
			all = append(all, histogramOf(&g))
		}
	}
	if len(all) == 0 {
		return
	}
	v.Saliency = "The distribution of scores in each group"
	if r.Choice != nil {
		v.Saliency += " by " + r.Choice.Criterion
	}
	v.Saliency += "; the axis is logarithmic where scores lie far apart."
	v.plots["saliency"] = all
}

func histogramOf(g *report.Group) histogram {
	s := g.Saliency
	h := histogram{Name: g.Name, Least: fmt.Sprintf("%.2g", s.Least), Most: fmt.Sprintf("%.2g", s.Most)}
	if s.ZeroKept+s.ZeroRemoved > 0 {
		h.Zero = true
		h.Bins = append(h.Bins, classOf("score 0", s.ZeroKept, s.ZeroRemoved))
	}
	for i := range s.Kept {
		h.Bins = append(h.Bins, classOf(fmt.Sprintf("score %.2g to %.2g", s.Edge(i), s.Edge(i+1)), s.Kept[i], s.Removed[i]))
	}
	return h
}

func classOf(name string, kept, removed int) scores {
	return scores{kept, removed, fmt.Sprintf("%s\n%d kept, %d removed", name, kept, removed)}
}

// pinned shows what cannot be removed, by operator and reason.
func (v *view) pinned(r *convert.Report) {
	if len(r.Pinned) == 0 {
		return
	}
	type operator struct {
		Name    string `json:"name"`
		Weights int    `json:"weights"`
		Values  int    `json:"values"`
		Text    string `json:"text"`
		Tip     string `json:"tip"`
	}
	var operators []*operator
	by := map[string]*operator{}
	type cause struct{ operator, reason string }
	first, axes := map[cause]group.Pinned{}, map[cause]int{}
	var causes []cause
	for _, p := range r.Pinned {
		o := by[p.Operator]
		if o == nil {
			o = &operator{Name: p.Operator}
			by[p.Operator], operators = o, append(operators, o)
		}
		if p.Weight {
			o.Weights++
		} else {
			o.Values++
		}
		c := cause{p.Operator, p.Reason}
		if axes[c]++; axes[c] == 1 {
			first[c], causes = p, append(causes, c)
		}
	}
	slices.SortStableFunc(operators, func(a, b *operator) int { return cmp.Compare(b.Weights+b.Values, a.Weights+a.Values) })
	for _, o := range operators {
		if o.Name == "" {
			o.Name = "(model)"
		}
		o.Text = format.Count(int64(o.Weights + o.Values))
		o.Tip = fmt.Sprintf("%s\n%d axes of weights\n%d of computed values", o.Name, o.Weights, o.Values)
	}
	slices.SortStableFunc(causes, func(a, b cause) int { return cmp.Compare(axes[b], axes[a]) })
	v.Pinned = &table{Header: []string{"operator", "reason", "example", "axes"}, Numbers: 3}
	for _, c := range causes {
		p := first[c]
		v.Pinned.Rows = append(v.Pinned.Rows, []string{c.operator, c.reason, fmt.Sprintf("%s, axis %d of %s", p.Value, p.Axis, p.Size), format.Count(int64(axes[c]))})
	}
	v.plots["pinned"] = operators
}
