package saliency

import (
	"context"
	"hash/fnv"
	"math/rand/v2"

	"github.com/pollard-dev/pollard/passes/group"
)

// The random criterion is the control: the worth of a criterion is its distance from this one.
func init() {
	register(Criterion{
		Name: "random", Doc: "uniform random scores drawn from the seed and the group's name",
		Score: func(_ context.Context, in Input, g *group.Group) ([]float64, error) {
			h := fnv.New64a()
			h.Write([]byte(g.Name)) // so that the order of groups does not matter
			r := rand.New(rand.NewPCG(in.Seed, h.Sum64()))
			scores := make([]float64, g.Units)
			for i := range scores {
				scores[i] = r.Float64()
			}
			return scores, nil
		},
	})
}
