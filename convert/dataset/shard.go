package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Shard names parts of a set of samples that is cut into Of consecutive parts. The first part is 1.
type Shard struct {
	Parts []int `json:"parts"` // ascending
	Of    int   `json:"of"`
}

// ParseShard parses "2/4", the second of four parts.
func ParseShard(s string) (Shard, error) {
	a, b, ok := strings.Cut(s, "/")
	part, errA := strconv.Atoi(a)
	of, errB := strconv.Atoi(b)
	if !ok || errA != nil || errB != nil || part < 1 || part > of {
		return Shard{}, fmt.Errorf("shard: want I/N with I from 1 to N, have %q", s)
	}
	return Shard{[]int{part}, of}, nil
}

// String returns the form that ParseShard reads, or "1,3/4" for several parts.
func (s Shard) String() string {
	var parts []string
	for _, p := range s.Parts {
		parts = append(parts, strconv.Itoa(p))
	}
	return strings.Join(parts, ",") + "/" + strconv.Itoa(s.Of)
}

// Check returns an error if the shard is invalid: it may come from a file.
func (s Shard) Check() error {
	if len(s.Parts) == 0 || s.Of < 1 {
		return fmt.Errorf("shard: want parts of a set, have %v", s)
	}
	last := 0
	for _, p := range s.Parts {
		if p <= last || p > s.Of {
			return fmt.Errorf("shard: want ascending parts from 1 to %d, have %v", s.Of, s.Parts)
		}
		last = p
	}
	return nil
}

// Join returns the parts of both shards, or an error if a part is in both.
func (s Shard) Join(o Shard) (Shard, error) {
	for _, p := range o.Parts {
		if slices.Contains(s.Parts, p) {
			return s, fmt.Errorf("shard %d/%d is there already", p, s.Of)
		}
	}
	parts := slices.Concat(s.Parts, o.Parts)
	slices.Sort(parts)
	return Shard{parts, s.Of}, nil
}

// Bounds returns the first sample of the single part of s and the one after its last, out of total
// samples. Parts begin at multiples of step.
func (s Shard) Bounds(total, step int) (from, to int) {
	i, steps := s.Parts[0], total/step
	return steps * (i - 1) / s.Of * step, steps * i / s.Of * step
}

// Whole returns the shard of all samples.
func Whole() Shard { return Shard{[]int{1}, 1} }
