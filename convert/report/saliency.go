package report

import "math"

// saliencyBins is the number of bins for the scores of a group.
const saliencyBins = 12

// Saliency is a histogram of the scores of a group: bins of equal width from Least to Most, of the
// scores or, if Log is set, of their logarithms.
type Saliency struct {
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
	Log   bool    `json:"log,omitempty"`
	// Kept and Removed have a count for each bin.
	Kept    []int `json:"kept"`
	Removed []int `json:"removed"`
	// ZeroKept and ZeroRemoved count the units with a score of 0, which has no logarithm; 0 unless
	// Log is set.
	ZeroKept    int `json:"zero_kept,omitempty"`
	ZeroRemoved int `json:"zero_removed,omitempty"`
}

// logFrom is the ratio of scores from which on their logarithms are counted, if none is negative.
const logFrom = 20

// NewSaliency counts the scores, one for each unit; those in kept stay, and a nil kept means all.
// It returns nil if there are no scores or one is NaN, which no bin can hold.
func NewSaliency(scores []float64, kept []int) *Saliency {
	if len(scores) == 0 {
		return nil
	}
	r := &Saliency{Least: math.Inf(1), Most: math.Inf(-1), Kept: make([]int, saliencyBins), Removed: make([]int, saliencyBins)}
	positive := math.Inf(1) // the least positive score
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
	if to > from { // halved, because the difference of the largest numbers overflows
		at = int((score/2 - from/2) / (to/2 - from/2) * saliencyBins)
	}
	bins[min(at, saliencyBins-1)]++
}

// Edge returns where bin i begins and bin i-1 ends.
func (r *Saliency) Edge(i int) float64 {
	part := float64(i) / float64(max(1, len(r.Kept)))
	if r.Log {
		return r.Least * math.Pow(r.Most/r.Least, part)
	}
	return r.Least*(1-part) + r.Most*part
}
