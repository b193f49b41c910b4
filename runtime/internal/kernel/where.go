package kernel

import "github.com/pollard-dev/pollard/graph"

func init() { bind(bindWhere, "Where") }

// bindWhere chooses by a condition. It copies runs with the same answer.
func bindWhere(q *Request) (*Bound, error) {
	which, x, y := q.in(0), q.in(1), q.in(2)
	if which.DType != graph.Bool || !floating(x, y) {
		return nil, ErrUnfit
	}
	out, read := walked(q.Out[0], []Array{x, y})
	k := &Bound{Name: "where", Out: []Array{out}, In: q.orders()}
	for i, o := range read {
		k.In[1+i] = o.Order
		if o.Rank() == out.Rank() && o.Len() == out.Len() {
			k.InPlace = append(k.InPlace, 1+i)
		}
	}
	l := linesOf(out, read[0], read[1], which.In(nil)) // the condition is in row-major order, whatever the others' order
	answers := func(c *Call) []bool { return graph.Data[bool](c.Read[0]) }
	if which.Const != nil {
		k.Unread = []int{0}
		known := graph.Data[bool](which.Const)
		answers = func(*Call) []bool { return known }
	}
	k.Phases = []Phase{l.phase(2, func(c *Call, _ []float32, l line) { l.choose(c, answers(c)) })}
	return k, nil
}

// choose writes a run of the output.
func (l line) choose(c *Call, answers []bool) {
	to, at, step := c.Out[0][l.to():][:l.n], l.at(2), l.step(2)
	for i := 0; i < l.n; {
		end, answer := i+1, answers[at+i*step]
		for step != 0 && end < l.n && answers[at+end*step] == answer {
			end++
		}
		if step == 0 {
			end = l.n
		}
		from := 1
		if answer {
			from = 0
		}
		copyRun(to[i:end], c.In[1+from][l.at(from)+i*l.step(from):], l.step(from))
		i = end
	}
}
