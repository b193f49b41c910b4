package report

import "math"

// saliencyBins is how many classes the scores of a group are counted in.
const saliencyBins = 12

// Saliency counts the units of a group by their scores: classes of equal width from Least to Most, of the scores or,
// where Log says so, of their logarithms.
type Saliency struct {
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
	Log   bool    `json:"log,omitempty"`
	// Kept and Removed have a number for each class.
	Kept    []int `json:"kept"`
	Removed []int `json:"removed"`
	// ZeroKept and ZeroRemoved are the units that are worth nothing, which have no logarithm; 0 where Log is false.
	ZeroKept    int `json:"zero_kept,omitempty"`
	ZeroRemoved int `json:"zero_removed,omitempty"`
}

// logFrom is how far scores that are not negative must lie apart for their logarithms to be counted.
const logFrom = 20

// NewSaliency counts scores, a number for each unit, of which those in kept stay; nil kept is all. It is nil where there are no
// scores, and where one is no number: nothing can be said then.
func NewSaliency(scores []float64, kept []int) *Saliency {
	if len(scores) == 0 {
		return nil
	}
	r := &Saliency{Least: math.Inf(1), Most: math.Inf(-1), Kept: make([]int, saliencyBins), Removed: make([]int, saliencyBins)}
	positive := math.Inf(1) // the least of those over 0
	for _, s := range scores {
		if math.IsNaN(s) || math.IsInf(s, 0) {
			return nil
		}
		r.Least, r.Most = min(r.Least, s), max(r.Most, s)
		if s > 0 {
			positive = min(positive, s)
		}
	}
	if r.Log = r.Least >= 0 && r.Most > logFrom*positive; r.Log {
		r.Least = positive
	}
	stays := make([]bool, len(scores))
	for u := range stays {
		stays[u] = kept == nil
	}
	for _, u := range kept {
		stays[u] = true
	}
	for u, s := range scores {
		r.count(s, stays[u])
	}
	return r
}

// count adds a unit.
func (r *Saliency) count(score float64, stays bool) {
	bins, zeros := r.Removed, &r.ZeroRemoved
	if stays {
		bins, zeros = r.Kept, &r.ZeroKept
	}
	from, to := r.Least, r.Most
	if r.Log {
		if score == 0 {
			*zeros++
			return
		}
		from, to, score = math.Log(from), math.Log(to), math.Log(score)
	}
	at := 0
	if to > from { // halves, for the difference of the greatest numbers is none
		at = int((score/2 - from/2) / (to/2 - from/2) * saliencyBins)
	}
	bins[min(at, saliencyBins-1)]++
}

// Edge is where class i begins, and class i-1 ends.
func (r *Saliency) Edge(i int) float64 {
	part := float64(i) / float64(max(1, len(r.Kept)))
	if r.Log {
		return r.Least * math.Pow(r.Most/r.Least, part)
	}
	return r.Least*(1-part) + r.Most*part
}
