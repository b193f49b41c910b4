package rotation

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Rotation is a change of basis that was made, or was not because weights are sparse.
type Rotation struct {
	Group  string `json:"group"`
	Kind   string `json:"kind"`   // product or stream
	Blocks int    `json:"blocks"` // heads with a basis of their own; 1 if all share one, 0 if none has
	// Zeros is the fraction of zeros in the weights, if they are so many that the basis was left alone.
	Zeros float64 `json:"zeros,omitempty"`
}

// Made counts the changes of basis that were made.
func Made(all []Rotation) (made int) {
	for _, r := range all {
		if r.Blocks > 0 {
			made++
		}
	}
	return made
}

// sparse is the fraction of zeros in weights from which their basis is left alone. Another would fill
// them, and take what files and kernels save by the zeros.
const sparse = 0.25

// Wants asks for the Gram matrices that the bases are chosen by: of the maps that write queries and keys, and of those
// that read a stream.
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

// zeros returns the fraction of zeros in the weights that another basis would change.
func (x *site) zeros() float64 {
	zeros, all := 0, 0
	for _, sides := range [][]side{x.writers, x.readers} {
		for _, s := range sides {
			for _, w := range s.Weights() {
				if all++; w == 0 {
					zeros++
				}
			}
		}
	}
	return float64(zeros) / float64(max(1, all))
}

// Apply changes the basis of every group that allows it, in place, and updates the statistics to what would be collected
// on the new model, as far as they can tell; moments are updated as in retell. Groups without statistics are left alone.
// Only contents of constants change, so the analysis stays valid.
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
			if z := x.zeros(); z >= sparse {
				done = append(done, Rotation{Group: made.Group, Kind: made.Kind, Zeros: z})
				continue
			}
			x.turn(a, turns, known)
			done = append(done, made)
		}
	}
	return done
}
