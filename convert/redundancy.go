package convert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	goruntime "runtime"
	"slices"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/redundancy"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// RedundancyReport says how much of a network says the same, and what random removal does to it.
type RedundancyReport struct {
	Samples int `json:"samples"` // that responses were seen on
	// Correlation is how much two units are to have in common to be near copies: its square is the part of the variance of a unit's response that
	// others must explain for it to need no representative of its own.
	Correlation float64 `json:"correlation"`
	// Groups lists the groups whose units linear nodes read; Unseen names the others.
	Groups []FunctionalReport `json:"groups"`
	Unseen []string           `json:"unseen,omitempty"`
	Deaths []DeathReport      `json:"deaths"`
	// Survival are shares of the original's answers that networks give of which units were dropped at random; Fitted is
	// the number and the size of disjoint sub-networks that would survive as often.
	Survival []SurvivalReport    `json:"survival"`
	Fitted   redundancy.Survival `json:"fitted"`
	Answer   string              `json:"answer"` // what Survival and Choices count: the same class, or explained variance
	Tested   int                 `json:"tested"` // samples that they were measured on
	Choices  []ChoiceDistance    `json:"choices"`
}

// FunctionalReport is the functional groups among the units of one group.
type FunctionalReport struct {
	Group  string `json:"group"`
	Kind   string `json:"kind"`
	Units  int    `json:"units"`
	Silent int    `json:"silent"` // units that never vary
	Rank   int    `json:"rank"`   // functional groups: representatives that explain all others
	Copies int    `json:"copies"` // units that are near copies of their representative
	// Sizes has the size of every functional group, the largest first.
	Sizes []int `json:"sizes"`
}

// DeathReport is what becomes of the functional groups of one size when every unit of the network is dropped with probability Drop.
type DeathReport struct {
	Size   int     `json:"m"`
	Groups int     `json:"groups"`
	Drop   float64 `json:"q"`
	// Predicted is q^m, Gone the share of draws in which all units were dropped, Lost that in which nothing that was
	// left could stand in for the representative.
	Predicted float64 `json:"predicted"`
	Gone      float64 `json:"gone"`
	Lost      float64 `json:"lost"`
}

// SurvivalReport is one density of the units of every group.
type SurvivalReport struct {
	Density  float64 `json:"density"`
	Draws    int     `json:"draws"`
	Answered float64 `json:"answered"` // mean share of the original's answers, above chance
	Spread   float64 `json:"spread"`   // standard deviation over the draws
	Fitted   float64 `json:"fitted"`
}

// ChoiceDistance is what a criterion leaves of the outputs at one budget, without a repair and with one from statistics alone.
type ChoiceDistance struct {
	Criterion string  `json:"criterion"`
	MACs      float64 `json:"macs"`
	// Error is the energy of the difference to the original's outputs relative to their variance; Answered as in SurvivalReport.
	Error            float64 `json:"error"`
	Answered         float64 `json:"answered"`
	RepairedError    float64 `json:"repaired_error"`
	RepairedAnswered float64 `json:"repaired_answered"`
}

const (
	// alike is how much two units are to correlate to be near copies.
	alike = 0.9
	// deathWork bounds the multiplications of the draws for one group, mostDraws and fewestDraws their number.
	deathWork, mostDraws, fewestDraws = 2e9, 2000, 20
)

// dropped lists the probabilities that units are dropped with.
var dropped = []float64{0.25, 0.5, 0.75}

// Redundancy reads the model and says how redundant it is on the data.
func Redundancy(ctx context.Context, path string, load func(*graph.Model) (*Data, error), c Config) (_ *Report, err error) {
	r, err := Inspect(ctx, path, c.Dims)
	if err != nil {
		return nil, err
	}
	file, err := onnx.Read(path)
	if err != nil {
		return nil, err
	}
	defer file.Done(&err)
	d, err := load(file.Model)
	if err != nil {
		return nil, err
	}
	original, err := withoutCalls(ctx, file.Model)
	if err != nil {
		return nil, err
	}
	c.Dims = Extents(original, c.Dims)
	if c.Threads <= 0 {
		c.Threads = goruntime.GOMAXPROCS(0)
	}
	x := &redundancyStudy{Config: c, original: original, feeds: d.Feeds, report: &RedundancyReport{Correlation: alike}}
	if err := x.run(ctx, r.Timings); err != nil {
		return nil, fmt.Errorf("%s: redundancy: %w", path, err)
	}
	r.Redundancy = x.report
	return r, nil
}

// redundancyStudy is a Redundancy under way.
type redundancyStudy struct {
	Config
	original, model *graph.Model
	analysis        *group.Analysis
	feeds           map[string]*graph.Tensor
	known           *statistics.Set
	report          *RedundancyReport
}

func (x *redundancyStudy) run(ctx context.Context, timings map[string]float64) error {
	var err error
	if x.model, x.analysis, err = Simplify(ctx, x.original); err != nil {
		return err
	}
	if len(x.analysis.Groups) == 0 {
		return errors.New("the model has no units that can go")
	}
	err = staged(timings, "calibrate", func() error {
		f, err := fromFeeds(x.feeds)
		if err != nil {
			return err
		}
		criterion, err := saliency.Lookup(DefaultCriterion)
		if err != nil {
			return err
		}
		wanted := wantedOf(x.analysis, x.model, criterion)
		wanted.Grams = append(wanted.Grams, redundancy.Wants(x.analysis, x.model).Grams...)
		x.known, x.report.Samples, err = x.collect(ctx, x.model, f, Shard{[]int{1}, 1}, wanted)
		return err
	})
	if err != nil {
		return err
	}
	if err := staged(timings, "functional groups", func() error { return x.functional(ctx) }); err != nil {
		return err
	}
	return x.prunings(ctx, timings)
}

// functional finds functional groups and drops units from them.
func (x *redundancyStudy) functional(ctx context.Context) error {
	random := rand.New(rand.NewPCG(x.Seed, 0x726564756e64))
	for i, g := range x.analysis.Groups {
		if err := ctx.Err(); err != nil {
			return err
		}
		x.progress("functional groups", i, len(x.analysis.Groups))
		r := redundancy.Of(x.analysis, x.model, g, x.known)
		if r == nil {
			x.report.Unseen = append(x.report.Unseen, g.Name)
			continue
		}
		all, silent := r.Functionals(alike * alike)
		f := FunctionalReport{Group: g.Name, Kind: g.Kind, Units: g.Units, Silent: len(silent), Rank: len(all)}
		for _, one := range all {
			f.Sizes = append(f.Sizes, len(one.Units))
			for _, u := range one.Units[1:] {
				if math.Abs(r.Correlation[u*g.Units+one.Representative]) >= alike {
					f.Copies++
				}
			}
		}
		slices.SortFunc(f.Sizes, func(a, b int) int { return b - a })
		x.report.Groups = append(x.report.Groups, f)
		n := float64(g.Units)
		draws := int(max(fewestDraws, min(mostDraws, deathWork/(n*n*n))))
		for _, q := range dropped {
			gone, lost := r.Deaths(all, alike*alike, q, draws, random)
			for k, one := range all {
				x.count(len(one.Units), q, gone[k], lost[k])
			}
		}
	}
	x.finishDeaths()
	return nil
}

// count adds one functional group to those of its size.
func (x *redundancyStudy) count(m int, q, gone, lost float64) {
	i := slices.IndexFunc(x.report.Deaths, func(d DeathReport) bool { return d.Size == m && d.Drop == q })
	if i < 0 {
		i = len(x.report.Deaths)
		x.report.Deaths = append(x.report.Deaths, DeathReport{Size: m, Drop: q, Predicted: math.Pow(q, float64(m))})
	}
	d := &x.report.Deaths[i]
	d.Groups++
	d.Gone += gone
	d.Lost += lost
}

func (x *redundancyStudy) finishDeaths() {
	for i := range x.report.Deaths {
		d := &x.report.Deaths[i]
		d.Gone /= float64(d.Groups)
		d.Lost /= float64(d.Groups)
	}
	slices.SortFunc(x.report.Deaths, func(a, b DeathReport) int {
		return cmp.Or(cmp.Compare(a.Size, b.Size), cmp.Compare(a.Drop, b.Drop))
	})
}
