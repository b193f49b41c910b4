package arm64

import "fmt"

// usable lists the registers that can be allocated. Of the general ones, R18 belongs to the system
// and R27 to the assembler, R28 to R30 are Go's goroutine, the frame and the return address, and
// R16, R17 and R26 are left to the linker and to closures.
var usable = [2][]int{general: nil, vector: nil}

func init() {
	for n := range 32 {
		usable[vector] = append(usable[vector], n)
		if n < 26 && n != 16 && n != 17 && n != 18 {
			usable[general] = append(usable[general], n)
		}
	}
}

// liveness finds, for each instruction, the registers of a kind that are live after it, by the
// usual backward fixed point over the control flow.
func (f *Function) liveness(k kind) (after []set, err error) {
	at := map[string]int{}
	for n, i := range f.code {
		if i.label != "" {
			if _, twice := at[i.label]; twice {
				return nil, fmt.Errorf("%s: label %s stands twice", f.name, i.label)
			}
			at[i.label] = n
		}
	}
	before := make([]set, len(f.code)+1)
	after = make([]set, len(f.code))
	for n := range before {
		before[n] = newSet(f.registers[k])
	}
	for n := range after {
		after[n] = newSet(f.registers[k])
	}
	for changed := true; changed; {
		changed = false
		for n := len(f.code) - 1; n >= 0; n-- {
			i := f.code[n]
			if !i.ends {
				after[n].add(before[n+1])
			}
			if i.target != "" {
				to, ok := at[i.target]
				if !ok {
					return nil, fmt.Errorf("%s: no label %s", f.name, i.target)
				}
				after[n].add(before[to])
			}
			live := after[n].copy()
			for _, r := range i.writes {
				if r.kind == k {
					live.remove(r.id)
				}
			}
			for _, r := range i.reads {
				if r.kind == k {
					live.put(r.id)
				}
			}
			if before[n].add(live) {
				changed = true
			}
		}
	}
	for id := range f.registers[k] {
		if before[0].has(id + 1) {
			return nil, fmt.Errorf("%s: %s may be read before it is written", f.name, Register{k, id + 1}.Asm())
		}
	}
	return after, nil
}

// choices turns each choice into the instruction that overwrites what is no longer live.
func (f *Function) choices() error {
	after, err := f.liveness(vector)
	if err != nil {
		return err
	}
	code := f.code
	f.code = nil
	for n, i := range code {
		if !i.choice {
			f.code = append(f.code, i)
			continue
		}
		mask, yes, no, to := i.reads[0], i.reads[1], i.reads[2], i.writes[0]
		free := func(r Register, others ...Register) bool {
			for _, o := range others {
				if o == r {
					return false
				}
			}
			return !after[n].has(r.id)
		}
		t := f.Vector()
		switch {
		case free(mask, yes, no):
			f.Copy(mask, t)
			f.Record("VBSL V%r.B16, V%r.B16, V%x.B16", no, yes, t)
		case free(no, mask, yes):
			f.Copy(no, t)
			f.Record("VBIT V%r.B16, V%r.B16, V%x.B16", mask, yes, t)
		case free(yes, mask, no):
			f.Copy(yes, t)
			f.Record("VBIF V%r.B16, V%r.B16, V%x.B16", mask, no, t)
		default:
			f.Copy(mask, t)
			f.Record("VBSL V%r.B16, V%r.B16, V%x.B16", no, yes, t)
		}
		f.Copy(t, to)
	}
	return nil
}

// allocate assigns every virtual register to one of the processor. Registers that are live at the
// same time differ. A copy disappears if both sides can be one register.
func (f *Function) allocate() (numbers [2][]int, err error) {
	if err := f.choices(); err != nil {
		return numbers, err
	}
	for k := general; k <= vector; k++ {
		g, err := f.interference(k)
		if err != nil {
			return numbers, err
		}
		numbers[k], err = g.colour(len(usable[k]))
		if err != nil {
			if numbers[k], err = g.apart().colour(len(usable[k])); err != nil {
				return numbers, fmt.Errorf("%s: %w", f.name, err)
			}
		}
		for id, c := range numbers[k][1:] {
			numbers[k][id+1] = usable[k][c]
		}
	}
	return numbers, nil
}

// graph says which registers must differ, and which have been merged.
type graph struct {
	edges []set
	one   []int // the representative of each register
	plain *graph
}

// apart returns the graph before merging.
func (g *graph) apart() *graph { return g.plain }

func (f *Function) interference(k kind) (*graph, error) {
	after, err := f.liveness(k)
	if err != nil {
		return nil, err
	}
	count := f.registers[k] + 1
	g := &graph{}
	for id := range count {
		g.edges = append(g.edges, newSet(count))
		g.one = append(g.one, id)
	}
	for n, i := range f.code {
		for _, w := range i.writes {
			if w.kind != k {
				continue
			}
			for id := 1; id < count; id++ {
				if id != w.id && after[n].has(id) && !(i.isCopy() && id == i.reads[0].id) {
					g.join(w.id, id)
				}
			}
			for _, other := range i.writes { // two that one instruction writes
				if other.kind == k && other.id != w.id {
					g.join(w.id, other.id)
				}
			}
		}
	}
	g.plain = g.copy()
	for _, i := range f.code {
		if i.isCopy() && i.reads[0].kind == k {
			g.merge(i.reads[0].id, i.writes[0].id)
		}
	}
	return g, nil
}

func (g *graph) join(a, b int) {
	g.edges[a].put(b)
	g.edges[b].put(a)
}

func (g *graph) copy() *graph {
	c := &graph{one: append([]int(nil), g.one...)}
	for _, e := range g.edges {
		c.edges = append(c.edges, e.copy())
	}
	return c
}

func (g *graph) find(id int) int {
	for g.one[id] != id {
		id = g.one[id]
	}
	return id
}

// merge makes two registers one, unless they must differ.
func (g *graph) merge(a, b int) {
	a, b = g.find(a), g.find(b)
	if a == b || g.edges[a].has(b) {
		return
	}
	g.one[b] = a
	for id := range g.edges {
		if g.edges[b].has(id) {
			g.join(a, id)
			g.edges[id].remove(b)
		}
	}
	g.edges[b] = newSet(len(g.edges))
}

// colour numbers the registers so that neighbours differ, by Chaitin's method: those with the
// fewest neighbours come last.
func (g *graph) colour(colours int) ([]int, error) {
	var order []int
	gone := newSet(len(g.edges))
	degree := make([]int, len(g.edges))
	left := 0
	for id := 1; id < len(g.edges); id++ {
		if g.find(id) == id {
			left++
			for other := range g.edges {
				if g.edges[id].has(other) {
					degree[id]++
				}
			}
		}
	}
	for ; left > 0; left-- {
		least := 0
		for id := 1; id < len(g.edges); id++ {
			if g.find(id) == id && !gone.has(id) && (least == 0 || degree[id] < degree[least]) {
				least = id
			}
		}
		gone.put(least)
		order = append(order, least)
		for id := range g.edges {
			if g.edges[least].has(id) {
				degree[id]--
			}
		}
	}
	numbers := make([]int, len(g.edges))
	for id := range numbers {
		numbers[id] = -1
	}
	for n := len(order) - 1; n >= 0; n-- {
		id := order[n]
		taken := make([]bool, colours)
		for other := range g.edges {
			if g.edges[id].has(other) && numbers[other] >= 0 {
				taken[numbers[other]] = true
			}
		}
		c := 0
		for c < colours && taken[c] {
			c++
		}
		if c == colours {
			return nil, fmt.Errorf("more than %d registers are needed at once", colours)
		}
		numbers[id] = c
	}
	for id := 1; id < len(numbers); id++ {
		numbers[id] = numbers[g.find(id)]
	}
	numbers[0] = 0
	return numbers, nil
}

// set is a set of small numbers.
type set []uint64

func newSet(n int) set       { return make(set, n/64+1) }
func (s set) has(n int) bool { return s[n/64]>>(n%64)&1 != 0 }
func (s set) put(n int)      { s[n/64] |= 1 << (n % 64) }
func (s set) remove(n int)   { s[n/64] &^= 1 << (n % 64) }
func (s set) copy() set      { return append(set(nil), s...) }
func (s set) add(t set) (more bool) {
	for i, w := range t {
		more = more || w&^s[i] != 0
		s[i] |= w
	}
	return more
}
