package rotation

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Rotation is a change of basis that was made.
type Rotation struct {
	Group  string `json:"group"`
	Kind   string `json:"kind"`   // product or stream
	Blocks int    `json:"blocks"` // heads that have a basis of their own; 1 where all have the same
}

// Wants asks for the Gram matrices that the bases are chosen by: of the maps that write queries and keys, of those that read a
// stream.
func Wants(a *group.Analysis, _ *graph.Model) statistics.Request {
	var r statistics.Request
	for _, g := range a.Groups {
		for _, x := range sites(a, g) {
			for _, s := range x.observed() {
				r.Grams = append(r.Grams, s.Map)
			}
		}
	}
	return r
}

// Apply changes the basis of every group that allows it, in place, and the statistics with it: what they say of the new
// model is what would be collected on it, so far as they can tell; moments say it as retell does. Groups whose statistics are not
// there stay as they are. Only contents of constants change, so that the analysis stays valid.
func Apply(a *group.Analysis, known *statistics.Set) []Rotation {
	var done []Rotation
	for _, g := range a.Groups {
		for _, x := range sites(a, g) {
			turns := x.bases(known)
			made := Rotation{Group: g.Name, Kind: "stream"}
			for _, t := range turns {
				if t.forward != nil {
					made.Blocks++
				}
			}
			if made.Blocks == 0 {
				continue
			}
			if x.product {
				made.Kind = "product"
			}
			x.turn(a, turns, known)
			done = append(done, made)
		}
	}
	return done
}
