package statistics

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// decoder assembles a Set from tensors, which come from a file that may hold anything.
type decoder struct {
	set  *Set
	seen map[string]bool // names
}

// fields lists the parts of each kind of statistics.
var fields = map[string][]string{
	"moments": {"count", "sum", "square", "fires"},
	"gram":    {"rows", "sums", "products"},
}

// take stores one tensor under its name.
func (d *decoder) take(name string, t *graph.Tensor) error {
	kind, rest, _ := strings.Cut(name, "/")
	field, of, ok := strings.Cut(rest, "/")
	if !ok || !slices.Contains(fields[kind], field) {
		return errors.New("no statistics have that name")
	}
	if t.DType() != graph.Float64 {
		return fmt.Errorf("want %v elements, have %v", graph.Float64, t.DType())
	}
	data := graph.Data[float64](t)
	if kind == "gram" {
		return d.gram(field, of, t.Shape(), data)
	}
	number, value, ok := strings.Cut(of, "/")
	axis, err := strconv.Atoi(number)
	if !ok || err != nil || axis < 0 || strconv.Itoa(axis) != number {
		return errors.New("want the number of an axis and the name of a value")
	}
	return d.moments(field, axisKey{value, axis}, t.Shape(), data)
}

func (d *decoder) moments(field string, a axisKey, shape []int, data []float64) error {
	m := d.set.moments[a]
	if m == nil {
		m = &Moments{}
		d.set.moments[a] = m
	}
	if field == "count" {
		return number(&m.Count, shape, data)
	}
	data = slices.Clone(data) // merging sets changes it
	switch field {
	case "sum":
		m.Sum = data
	case "square":
		m.Square = data
	case "fires":
		m.Fires = data
	}
	return rank(shape, 1)
}

func (d *decoder) gram(field, node string, shape []int, data []float64) error {
	g := d.set.grams[node]
	if g == nil {
		g = &Gram{}
		d.set.grams[node] = g
	}
	if field == "rows" {
		return number(&g.Rows, shape, data)
	}
	if err := rank(shape, 2); err != nil {
		return err
	}
	if field == "sums" {
		for k := range shape[0] {
			g.Sums = append(g.Sums, slices.Clone(data[k*shape[1]:][:shape[1]]))
		}
		return nil
	}
	n := int(math.Sqrt(2 * float64(shape[1])))
	if n > math.MaxInt32 || n*(n+1)/2 != shape[1] {
		return fmt.Errorf("%d numbers do not form a triangle", shape[1])
	}
	g.Cols = n
	for range shape[0] {
		p := make([]float64, n*n)
		for i := range n {
			data = data[copy(p[i*n+i:][:n-i], data):]
		}
		g.Products = append(g.Products, p)
	}
	return nil
}

// whole returns an error for the first statistics that lack a part or whose parts do not fit
// together.
func (d *decoder) whole() error {
	for _, a := range d.set.axes() {
		if err := d.parts("moments", strconv.Itoa(a.Axis)+"/"+a.Value); err != nil {
			return err
		}
		m := d.set.moments[a]
		if n := len(m.Sum); len(m.Square) != n || len(m.Fires) != n {
			return fmt.Errorf("axis %d of %q: moments of %d, %d and %d positions", a.Axis, a.Value, n, len(m.Square), len(m.Fires))
		}
	}
	for _, node := range d.set.nodes() {
		if err := d.parts("gram", node); err != nil {
			return err
		}
		g := d.set.grams[node]
		if len(g.Sums) != len(g.Products) || len(g.Sums) > 0 && len(g.Sums[0]) != g.Cols {
			return fmt.Errorf("node of %q: sums and products of different groups or columns", node)
		}
	}
	return nil
}

func (d *decoder) parts(kind, of string) error {
	for _, field := range fields[kind] {
		if name := kind + "/" + field + "/" + of; !d.seen[name] {
			return fmt.Errorf("tensor %q is missing", name)
		}
	}
	return nil
}

// number decodes a count.
func number(to *float64, shape []int, data []float64) error {
	if err := rank(shape, 0); err != nil {
		return err
	}
	if *to = data[0]; !(*to >= 0) || math.IsInf(*to, 0) {
		return fmt.Errorf("want a count, have %v", *to)
	}
	return nil
}

func rank(shape []int, want int) error {
	if len(shape) != want {
		return fmt.Errorf("want %d axes, have shape %v", want, graph.ShapeOf(shape...))
	}
	return nil
}
