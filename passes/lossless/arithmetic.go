package lossless

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

func init() {
	for name, f := range map[string]func(f *facts, x, y slice) slice{
		"Add": (*facts).add,
		"Sub": func(f *facts, x, y slice) slice { return f.add(x, negated(y)) },
		"Mul": (*facts).mul,
		"Div": (*facts).div,
		"Max": func(f *facts, x, y slice) slice {
			return f.mixed("Max", interval{max(x.lo, y.lo), max(x.hi, y.hi)}, x, y)
		},
		"Min": func(f *facts, x, y slice) slice {
			return f.mixed("Min", interval{min(x.lo, y.lo), min(x.hi, y.hi)}, x, y)
		},
		"Pow":   func(f *facts, x, y slice) slice { return f.mixed("Pow", anything, x, y) },
		"PRelu": func(f *facts, x, y slice) slice { return f.mixed("PRelu", anything, x, y) },
	} {
		transfers[name] = func(fs *facts, n *graph.Node, _, axis int, of *group.Group) []slice {
			return fs.binary(n, axis, of, f)
		}
	}
}

// binary combines the slices of two operands, with broadcasting.
func (f *facts) binary(n *graph.Node, axis int, of *group.Group, combine func(f *facts, x, y slice) slice) []slice {
	if len(n.Inputs()) != 2 {
		return nil
	}
	x, y := f.operand(n, 0, axis, of), f.operand(n, 1, axis, of)
	if x == nil || len(x) != len(y) {
		return nil
	}
	out := make([]slice, len(x))
	for i := range out {
		out[i] = combine(f, x[i], y[i])
	}
	return out
}

// operand returns the slices of input i of n along an axis of its output.
// https://onnx.ai/onnx/repo-docs/Broadcasting.html
func (f *facts) operand(n *graph.Node, i, axis int, of *group.Group) []slice {
	v, y := n.In(i), n.Out(0)
	if v == nil || v.Type.Shape == nil {
		return nil
	}
	at := axis - len(y.Type.Shape) + len(v.Type.Shape)
	extent, known := y.Type.Shape[axis].Value()
	if !known {
		return nil
	}
	var s []slice
	shape := fmt.Sprint(v.Type.Shape)
	if at < 0 || (v.Type.Shape[at].Is(1) && extent != 1) {
		s = slices.Repeat([]slice{f.whole(v)}, extent)
	} else {
		if s = slices.Clone(f.of(v, at, of)); s == nil {
			return nil
		}
		shape = rest(v, at)
	}
	if want := rest(y, axis); shape != want {
		for p, x := range s {
			if x.sym != one {
				s[p].sym = f.named("broadcast " + shape + " to " + want + " of " + strconv.Itoa(int(x.sym)))
			}
		}
	}
	return s
}

func negated(x slice) slice {
	if x.sym == one {
		return constant(-x.scale)
	}
	return slice{x.scaled(-1), x.sym, -x.scale}
}

func (x slice) scaled(k float64) interval { return x.interval.scaled(k) }

func (f *facts) add(x, y slice) slice {
	bounds := x.plus(y.interval)
	coefs := map[symbol]float64{}
	c := 0.0
	var atoms []symbol
	for _, s := range []slice{x, y} {
		if s.sym == one {
			c += s.scale
			continue
		}
		if !slices.Contains(atoms, s.sym) {
			atoms = append(atoms, s.sym)
		}
		coefs[s.sym] += s.scale
	}
	slices.Sort(atoms)
	sum := form{atoms: atoms, c: c, sum: true}
	for _, a := range atoms {
		sum.coefs = append(sum.coefs, coefs[a])
	}
	return f.sum(listed("sum", atoms), sum, bounds)
}

func (f *facts) mul(x, y slice) slice {
	if y.sym == one {
		x, y = y, x
	}
	switch bounds := x.times(y.interval); {
	case x.sym == one && y.sym == one:
		return constant(x.scale * y.scale)
	case x.sym == one && x.scale == 0:
		return constant(0)
	case x.sym == one:
		return slice{bounds, y.sym, x.scale * y.scale}
	default:
		a, b := min(x.sym, y.sym), max(x.sym, y.sym)
		return slice{bounds, f.named(listed("product", []symbol{a, b})), x.scale * y.scale}
	}
}

func (f *facts) div(x, y slice) slice {
	if y.sym != one || y.scale == 0 {
		return f.mixed("Div", anything, x, y)
	}
	if x.sym == one {
		return constant(x.scale / y.scale)
	}
	return slice{x.scaled(1 / y.scale), x.sym, x.scale / y.scale}
}

// mixed is the result of an operator on x and y of which little is known.
func (f *facts) mixed(what string, bounds interval, x, y slice) slice {
	if bounds = bounds.sound(); bounds.isPoint() {
		return constant(bounds.lo)
	}
	return slice{bounds, f.named(listed(what, []symbol{x.sym, y.sym}), x.scale, y.scale), 1}
}
