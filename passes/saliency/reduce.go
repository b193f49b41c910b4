package saliency

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// reductions join the scores of a unit in the members of its group. Their names are those of the pruning literature
// (DepGraph, Fang et al. 2023, https://arxiv.org/abs/2301.12900).
var reductions = map[string]func(members []float64) float64{
	"mean": func(m []float64) float64 { return total(m) / float64(max(1, len(m))) },
	"sum":  total,
	"max": func(m []float64) float64 {
		if len(m) == 0 {
			return 0
		}
		return slices.Max(m)
	},
	"prod": func(m []float64) float64 { // geometric mean: a product that does not underflow
		if len(m) == 0 {
			return 0
		}
		logs := 0.0
		for _, x := range m {
			logs += math.Log(x + 1e-30)
		}
		return math.Exp(logs / float64(len(m)))
	},
	"first": func(m []float64) float64 {
		if len(m) == 0 {
			return 0
		}
		return m[0]
	},
}

// joined reduces the members' scores to one for each unit.
func joined(members [][]float64, units int, reduce func([]float64) float64) []float64 {
	scores, column := make([]float64, units), make([]float64, len(members))
	for u := range scores {
		for i, m := range members {
			column[i] = m[u]
		}
		scores[u] = reduce(column)
	}
	return scores
}

// normalizations make the scores of one group comparable with another's.
var normalizations = map[string]func([]float64) []float64{
	"none": slices.Clone[[]float64],
	"mean": func(s []float64) []float64 { return scaled(s, total(s)/float64(max(1, len(s)))) },
	"sum":  func(s []float64) []float64 { return scaled(s, total(s)) },
	"max": func(s []float64) []float64 {
		if len(s) == 0 {
			return nil
		}
		return scaled(s, slices.Max(s))
	},
	"gaussian": func(s []float64) []float64 {
		mean := total(s) / float64(max(1, len(s)))
		spread := 0.0
		for _, x := range s {
			spread += (x - mean) * (x - mean)
		}
		spread = math.Sqrt(spread/float64(max(1, len(s)))) + 1e-12
		out := make([]float64, len(s))
		for i, x := range s {
			out[i] = (x - mean) / spread
		}
		return out
	},
	"lamp": lamp,
}

// lamp divides each squared score by the sum of those at least as large (Lee et al. 2021,
// https://arxiv.org/abs/2010.07611), so that the largest unit of every group scores 1 and no group is emptied before
// another.
func lamp(s []float64) []float64 {
	order := make([]int, len(s))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if s[a] > s[b] {
			return -1
		}
		if s[a] < s[b] {
			return 1
		}
		return 0
	})
	out := make([]float64, len(s))
	rest := 1e-300
	for _, i := range order {
		rest += s[i] * s[i]
		out[i] = s[i] * s[i] / rest
	}
	return out
}

func total(s []float64) float64 {
	t := 0.0
	for _, x := range s {
		t += x
	}
	return t
}

func scaled(s []float64, by float64) []float64 {
	out := slices.Clone(s)
	if by == 0 {
		return out
	}
	for i := range out {
		out[i] /= by
	}
	return out
}

// Reductions lists the names that Input.Reduction takes.
func Reductions() []string { return slices.Sorted(maps.Keys(reductions)) }

// Normalizations lists the names that Input.Normalization takes.
func Normalizations() []string { return slices.Sorted(maps.Keys(normalizations)) }

// takesSigns rejects reductions and normalizations that are meaningless for negative scores.
func takesSigns(criterion, reduction, normalization string) error {
	if reduction == "prod" {
		return fmt.Errorf("criterion %s: reduction prod: want scores that are not negative", criterion)
	}
	if normalization != "none" && normalization != "gaussian" {
		return fmt.Errorf("criterion %s: want normalization none or gaussian, for its scores have either sign, have %s", criterion, normalization)
	}
	return nil
}

func reduction(name string) (func([]float64) float64, error) {
	if name == "" {
		name = "mean"
	}
	if f, ok := reductions[name]; ok {
		return f, nil
	}
	return nil, fmt.Errorf("unknown reduction %q: want one of %s", name, strings.Join(Reductions(), ", "))
}

func normalization(name string) (func([]float64) []float64, error) {
	if name == "" {
		name = "mean"
	}
	if f, ok := normalizations[name]; ok {
		return f, nil
	}
	return nil, fmt.Errorf("unknown normalization %q: want one of %s", name, strings.Join(Normalizations(), ", "))
}
