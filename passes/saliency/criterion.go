package saliency

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// Input is what a criterion may look at.
type Input struct {
	Model    *graph.Model
	Analysis *group.Analysis
	// Seed makes random criteria repeatable.
	Seed uint64
	// Reduction and Normalization name how scores are reduced over the members
	// of a group and made comparable between groups; empty for the defaults.
	Reduction, Normalization string
}

// Criterion scores the units of one group; higher means worth more.
type Criterion struct {
	Name, Doc string
	NeedsData bool
	// Score gives one number a unit.
	Score func(context.Context, Input, *group.Group) ([]float64, error)
}

var criteria = map[string]Criterion{}

func register(c Criterion) {
	if _, taken := criteria[c.Name]; taken {
		panic("saliency: criterion " + c.Name + " is defined twice")
	}
	criteria[c.Name] = c
}

// All lists the criteria by name.
func All() []Criterion {
	var all []Criterion
	for _, c := range criteria {
		all = append(all, c)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// Lookup is the criterion of that name; the error lists those there are.
func Lookup(name string) (Criterion, error) {
	if c, ok := criteria[name]; ok {
		return c, nil
	}
	var names []string
	for _, c := range All() {
		names = append(names, c.Name)
	}
	return Criterion{}, fmt.Errorf("unknown criterion %q: want one of %s", name, strings.Join(names, ", "))
}

// Scores scores every group and normalises each.
func Scores(ctx context.Context, c Criterion, in Input) (map[*group.Group][]float64, error) {
	normalize, err := normalization(in.Normalization)
	if err != nil {
		return nil, err
	}
	if _, err := reduction(in.Reduction); err != nil {
		return nil, err
	}
	scores := make(map[*group.Group][]float64, len(in.Analysis.Groups))
	for _, g := range in.Analysis.Groups {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s, err := c.Score(ctx, in, g)
		if err != nil {
			return nil, fmt.Errorf("criterion %s: group %s: %w", c.Name, g.Name, err)
		}
		scores[g] = normalize(s)
	}
	return scores, nil
}
