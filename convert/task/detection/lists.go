package detection

import (
	"errors"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// role is what an output of a model that lists what it found is.
type role int

const (
	other role = iota
	listedBoxes
	listedScores
	listedClasses
	listedCount
)

// rolesOf tells the outputs of a model that lists what it found apart by their types: boxes are
// floating-point with a last axis of 4, classes whole numbers, scores floating-point, and a count is
// one whole number for each picture. Where classes are floating-point, they come after the scores. It
// returns nil if they are others.
func rolesOf(outs []*graph.Value) []role {
	roles := make([]role, len(outs))
	found := map[role]int{}
	take := func(i int, r role) { roles[i], found[r] = r, found[r]+1 }
	for i, v := range outs {
		s := v.Type.Shape
		last := func(n int) bool { return len(s) > 0 && s[len(s)-1].Is(n) }
		switch float := v.Type.DType.IsFloat(); {
		case s == nil:
			return nil
		case float && (len(s) == 2 || len(s) == 3) && last(4):
			take(i, listedBoxes)
		case !float && (len(s) == 0 || len(s) == 1 && s[0].Is(1) || len(s) == 2 && last(1)) && found[listedCount] == 0 && len(outs) > 3:
			take(i, listedCount)
		case !float && (len(s) == 1 || len(s) == 2):
			take(i, listedClasses)
		case float && (len(s) == 1 || len(s) == 2) && found[listedScores] == 0:
			take(i, listedScores)
		case float && (len(s) == 1 || len(s) == 2):
			take(i, listedClasses)
		}
	}
	if found[listedBoxes] != 1 || found[listedScores] != 1 || found[listedClasses] != 1 {
		return nil
	}
	return roles
}

// lists reads the outputs of a model that suppresses what is found twice: edges, scores and classes of
// what it found and, perhaps, how many count.
func lists(outs []Array, d *Form) ([]Box, error) {
	if d.roles == nil || len(d.roles) != len(outs) {
		return nil, errors.New("want boxes, scores and classes that can be told apart by their types")
	}
	var of [listedCount + 1]*Array
	for i, r := range d.roles {
		of[r] = &outs[i]
	}
	edges, scores, classes := of[listedBoxes].Data, of[listedScores].Data, of[listedClasses].Data
	n := len(scores)
	if len(classes) != n || len(edges) != 4*n {
		return nil, fmt.Errorf("want as many boxes, scores and classes, have %d, %d and %d", len(edges)/4, n, len(classes))
	}
	if c := of[listedCount]; c != nil && len(c.Data) == 1 && c.Data[0] >= 0 {
		n = min(n, int(min(c.Data[0], float64(n))))
	}
	var boxes []Box
	for i := range n {
		if !(classes[i] >= 0 && classes[i] < 1<<20) {
			continue
		}
		boxes = d.add(boxes, d.edges(edges[4*i:4*i+4], int(classes[i]), scores[i]))
	}
	return boxes, nil
}
