package budget

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// Work is something that takes time when the model runs, as long as the extents of some values say.
type Work struct {
	Values []*graph.Value // of the model
	// Time is nanoseconds, for the extents of Values in their order, which it must not keep.
	Time func(extents [][]int) float64
}

// timed is a Work under way.
type timed struct {
	time    func([][]int) float64
	extents [][]int // as the cost model has them now
	took    int64
	stamp   int
}

// Time makes the model's Latency the time of these works, instead of whatever it was.
func (c *CostModel) Time(works []Work) {
	c.Measure(nil)
	c.last.Latency, c.works = 0, nil
	at := map[string]int{}
	for i := range c.values {
		c.values[i].works = nil
		at[c.values[i].value.Name] = i
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

// retime notes the time of work i for the extents its values have now.
func (c *CostModel) retime(i int) {
	w := &c.works[i]
	took := int64(w.time(w.extents))
	c.last.Latency += took - w.took
	w.took = took
}

// Steps is in how many units at a time each group must go for every axis it is on to lose whole multiples of so many positions:
// what costs by such multiples costs the same until one is gone. Groups that would be left without choice are not listed.
func (c *CostModel) Steps(positions int) map[*group.Group]int {
	steps := map[*group.Group]int{}
	for g, parts := range c.of {
		step := 1
		for _, p := range parts {
			each := p.size
			for range p.power - 1 {
				each *= g.Units
			}
			for _, h := range p.others {
				each *= h.Units
			}
			step = max(step, positions/gcd(positions, each))
		}
		if step > 1 && g.Units >= 2*step {
			steps[g] = step
		}
	}
	return steps
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
