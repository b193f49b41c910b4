package op

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// shapeFormula is the shape of an input, or a formula for each axis.
type shapeFormula struct {
	like int
	axes []formula // nil: like the input
}

// formula is operands and the operators between them.
type formula struct {
	operands []string
	signs    []byte
}

func parseShape(raw json.RawMessage) (shapeFormula, error) {
	var like string
	if json.Unmarshal(raw, &like) == nil {
		var i int
		if _, err := fmt.Sscanf(like, "as input %d", &i); err != nil || i < 0 || fmt.Sprintf("as input %d", i) != like {
			return shapeFormula{}, fmt.Errorf("want \"as input 0\" or an array of extents")
		}
		return shapeFormula{like: i}, nil
	}
	var list []any
	if err := json.Unmarshal(raw, &list); err != nil {
		return shapeFormula{}, fmt.Errorf("want \"as input 0\" or an array of extents")
	}
	s := shapeFormula{like: -1, axes: []formula{}}
	for _, e := range list {
		f, err := parseFormula(strings.ReplaceAll(fmt.Sprint(e), " ", ""))
		if err != nil {
			return s, err
		}
		s.axes = append(s.axes, f)
	}
	return s, nil
}

func parseFormula(text string) (f formula, err error) {
	rest := text
	for {
		at := strings.IndexAny(rest, "+-*/")
		if at < 0 {
			f.operands = append(f.operands, rest)
			break
		}
		f.operands, f.signs = append(f.operands, rest[:at]), append(f.signs, rest[at])
		rest = rest[at+1:]
	}
	for _, o := range f.operands {
		if o == "" {
			return f, fmt.Errorf("extent %q: want numbers, input0[1] and the like, and attributes, with + - * / between", text)
		}
	}
	return f, nil
}

// extent evaluates f for n, from left to right.
func (f formula) extent(n *graph.Node) (graph.Dim, error) {
	var d graph.Dim
	for i, o := range f.operands {
		e, err := operand(n, o)
		if err != nil {
			return d, err
		}
		if i == 0 {
			d = e
			continue
		}
		switch f.signs[i-1] {
		case '+':
			d = d.Add(e)
		case '-':
			d = d.Sub(e)
		case '*':
			d = d.Mul(e)
		case '/':
			if e.Is(0) {
				return d, fmt.Errorf("division by zero")
			}
			d = divideDims(d, e)
		}
	}
	return d, nil
}

// operand is a number, an extent of an input or an attribute.
func operand(n *graph.Node, text string) (graph.Dim, error) {
	if k, err := strconv.Atoi(text); err == nil {
		return graph.Size(k), nil
	}
	var input, axis int
	if _, err := fmt.Sscanf(text, "input%d[%d]", &input, &axis); err == nil && text == fmt.Sprintf("input%d[%d]", input, axis) {
		shape := inShape(n, input)
		if shape == nil {
			return graph.Unknown, nil
		}
		if axis < 0 || axis >= len(shape) {
			return graph.Unknown, fmt.Errorf("%s: the input has %d axes", text, len(shape))
		}
		return shape[axis], nil
	}
	if a := n.Attr(text); a != nil && a.Kind == graph.AttrInt {
		return graph.Size(n.Int(text, 0)), nil
	}
	return graph.Unknown, fmt.Errorf("%s: want a number, an extent such as input0[2], or an integer attribute of the node", text)
}
