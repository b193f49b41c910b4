package budget

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// Work is something that takes time when the model runs, as a function of the extents of some values.
type Work struct {
	Values []*graph.Value // of the model
	// Time returns nanoseconds for the extents of Values, in the order of Values. It must not retain them.
	Time func(extents [][]int) float64
}

// timed is a Work with its present extents and time.
type timed struct {
	time    func([][]int) float64
	extents [][]int // as the cost model has them now
	took    int64
	stamp   int
}

// Time makes the model's Latency the sum of the times of works.
func (c *CostModel) Time(works []Work) {
	c.Measure(nil)
	c.last.Latency, c.works = 0, nil
	at := map[string]int{}
	for i := range c.values {
		c.values[i].works = nil
		if name := c.values[i].value.Name; c.values[i].value.Graph().Outer == nil {
			at[name] = i
		}
	}
	for i, w := range works {
		t := timed{time: w.Time}
		for _, v := range w.Values {
			k := at[v.Name]
			t.extents = append(t.extents, c.values[k].shape)
			c.values[k].works = append(c.values[k].works, i)
		}
		c.works = append(c.works, t)
		c.retime(i)
	}
	c.base = c.last
}

// retime recomputes the time of work i from the present extents of its values.
func (c *CostModel) retime(i int) {
	w := &c.works[i]
	took := int64(w.time(w.extents))
	c.last.Latency += took - w.took
	w.took = took
}

// Steps returns, for each group, how many units at a time must be removed for every axis of the group to lose whole
// multiples of the given number of positions: what costs by such multiples costs the same until a whole one is gone. A
// group for which that would leave no choice is not listed.
func (c *CostModel) Steps(positions int) map[*group.Group]int {
	steps := map[*group.Group]int{}
	for g := range c.of {
		if step := c.step(g, positions); step > 1 && g.Units >= 2*step {
			steps[g] = step
		}
	}
	return steps
}

// step returns how many units of g make whole multiples of the given number of positions on all of its axes.
func (c *CostModel) step(g *group.Group, positions int) int {
	step := 1
	for _, p := range c.of[g] {
		each := p.size
		for range p.power - 1 {
			each *= g.Units
		}
		for _, h := range p.others {
			each *= h.Units
		}
		step = max(step, positions/gcd(positions, each))
	}
	return step
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
