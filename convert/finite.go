package convert

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"

	"github.com/pollard-dev/pollard/graph"
)

// checkWeights refuses a model with weights that are NaN: so is then what it computes, and nothing can be chosen or proven by it. It names
// the first.
func checkWeights(m *graph.Model) error {
	return eachConstant(m.Graph, func(where string, t *graph.Tensor) error {
		defer t.Forget() // a file that was mapped for its graph alone must not fill the memory for a look
		if i := firstNaN(t); i >= 0 {
			return fmt.Errorf("%s: element %v is NaN, and what is computed with it", where, graph.Position(i, t.Shape()))
		}
		return nil
	})
}

// eachConstant visits the tensors of more than one element in g and in the graphs of its nodes, with what errors call them.
func eachConstant(g *graph.Graph, visit func(where string, t *graph.Tensor) error) error {
	for _, v := range g.Initializers {
		if v.Const != nil && v.Const.Len() > 1 {
			if err := visit(fmt.Sprintf("initializer %q", v.Name), v.Const); err != nil {
				return err
			}
		}
	}
	for _, n := range g.Nodes {
		if a := n.Attr("value"); a != nil && a.Tensor != nil && a.Tensor.Len() > 1 {
			if err := visit(fmt.Sprintf("node %q (%s)", n.Name, n.Op), a.Tensor); err != nil {
				return err
			}
		}
		for _, sub := range n.Subgraphs() {
			if err := eachConstant(sub, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// firstNaN is the number of the first element that is NaN, -1 where none is.
func firstNaN(t *graph.Tensor) int {
	switch t.DType() {
	case graph.Float32:
		for i, x := range graph.Data[float32](t) {
			if x != x {
				return i
			}
		}
	case graph.Float64:
		for i, x := range graph.Data[float64](t) {
			if x != x {
				return i
			}
		}
	case graph.Float16, graph.BFloat16:
		infinity := uint16(0x7c00)
		if t.DType() == graph.BFloat16 {
			infinity = 0x7f80
		}
		raw := t.Raw()
		for i := 0; i+1 < len(raw); i += 2 {
			if uint16(raw[i])|uint16(raw[i+1]&0x7f)<<8 > infinity {
				return i / 2
			}
		}
	}
	return -1
}

// writeJSON writes a report, indented. It cannot fail for what is in it: for NaN and infinities, which JSON has no words for, there is
// null where a number may be unknown, and elsewhere the largest number.
func writeJSON(w io.Writer, report any) error {
	makeFinite(reflect.ValueOf(report))
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(report)
}

// makeFinite replaces the numbers below v that are not finite.
func makeFinite(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if e := v.Elem(); e.IsValid() && e.Kind() == reflect.Float64 && !isFinite(e.Float()) && v.CanSet() {
			v.SetZero()
		} else if e.IsValid() {
			makeFinite(e)
		}
	case reflect.Float64:
		if x := v.Float(); !isFinite(x) && v.CanSet() {
			if math.IsNaN(x) {
				x = math.MaxFloat64
			}
			v.SetFloat(finite(x))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				makeFinite(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			makeFinite(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			e := reflect.New(v.Type().Elem()).Elem()
			e.Set(v.MapIndex(k))
			makeFinite(e)
			v.SetMapIndex(k, e)
		}
	}
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
