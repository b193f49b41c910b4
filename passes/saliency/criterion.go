package saliency

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Input is what a criterion may look at.
type Input struct {
	Model    *graph.Model
	Analysis *group.Analysis
	// Original is the model before simplification, whose names Model's values still have; nil if it is not known.
	Original *graph.Model
	// Seed makes random criteria repeatable.
	Seed uint64
	// Reduction and Normalization name how scores are reduced over the members of a group, and how they are made
	// comparable between groups. Empty names stand for the defaults.
	Reduction, Normalization string
	// Initial holds, by value of Model, what its constants were before training or fine-tuning; nil if that is not
	// known.
	Initial map[*graph.Value]*graph.Tensor
	// Statistics holds what the criterion's Wants asks for, collected on Model.
	Statistics *statistics.Set
	// Threads bounds the goroutines that compute; 0 and 1 mean one.
	Threads int
}

// Criterion scores the units of a group. Units with higher scores are worth more.
type Criterion struct {
	Name, Doc string
	// NeedsData says that Score reads Input.Statistics, and Wants which of them.
	NeedsData bool
	Wants     func(*group.Analysis, *graph.Model) statistics.Request
	// NeedsInitial says that Score reads Input.Initial.
	NeedsInitial bool
	// Signed says that scores may be negative. Reductions and normalizations that take logarithms, squares or shares do
	// not apply to them.
	Signed bool
	// Normalization is the default one; empty means "mean". It is "none" for scores that are errors and mean the same in
	// every group.
	Normalization string
	// Additive says that scores are errors that add up, in the same unit for all groups: the sum over the units with the
	// lowest scores predicts the effect of removing them, so it can be weighed against the saving. Any normalization but
	// "none" undoes that.
	Additive bool
	// Score returns a number for each unit.
	Score func(context.Context, Input, *group.Group) ([]float64, error)
}

// AddsUp reports whether the scores of c are errors that add up under the named normalization; empty is the default one.
func (c Criterion) AddsUp(normalization string) bool {
	return c.Additive && (normalization == "" || normalization == "none")
}

const (
	// Default names the criterion that is used if none is named.
	Default = "obs"
	// DataFree names the criterion that is used instead if there are no statistics.
	DataFree = "l2"
)

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

// Lookup returns the criterion of that name, Default if it is empty. The error lists those there are.
func Lookup(name string) (Criterion, error) {
	if name == "" {
		name = Default
	}
	if c, ok := criteria[name]; ok {
		return c, nil
	}
	var names []string
	for _, c := range All() {
		names = append(names, c.Name)
	}
	return Criterion{}, fmt.Errorf("unknown criterion %q: want one of %s", name, strings.Join(names, ", "))
}

// Scores scores every group and normalizes each group's scores.
func Scores(ctx context.Context, c Criterion, in Input) (map[*group.Group][]float64, error) {
	if in.Normalization == "" {
		in.Normalization = c.Normalization
	}
	normalize, err := normalization(in.Normalization)
	if err != nil {
		return nil, err
	}
	if c.NeedsData && in.Statistics == nil {
		return nil, fmt.Errorf("criterion %s needs statistics of the values: there are none", c.Name)
	}
	if c.NeedsInitial && in.Initial == nil {
		return nil, fmt.Errorf("criterion %s reads what the weights were before training: want the initial model", c.Name)
	}
	if _, err := reduction(in.Reduction); err != nil {
		return nil, err
	}
	if c.Signed {
		if err := takesSigns(c.Name, in.Reduction, in.Normalization); err != nil {
			return nil, err
		}
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
