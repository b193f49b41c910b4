package op

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/pollard-dev/pollard/graph"
)

// einsum is an equation: a letter for every axis of every input and of the output.
type einsum struct {
	in  [][]rune
	out []rune
}

// decodeEinsum reads the attribute equation for inputs of those ranks; -1 means unknown. An
// ellipsis becomes letters that no equation can have, aligned from the right.
func decodeEinsum(n *graph.Node, ranks []int) (e einsum, err error) {
	if n.Attr("equation") == nil {
		return e, fmt.Errorf("attribute equation is required and missing")
	}
	text := strings.ReplaceAll(n.Str("equation", ""), " ", "")
	left, right, explicit := strings.Cut(text, "->")
	terms := strings.Split(left, ",")
	if len(terms) != len(ranks) {
		return e, fmt.Errorf("equation %q: want a term for each of %d inputs, have %d", text, len(ranks), len(terms))
	}
	widest := 0 // axes that an ellipsis stands for
	for i, term := range terms {
		letters, dots, err := einsumTerm(text, term, ranks[i])
		if err != nil {
			return e, err
		}
		e.in = append(e.in, letters)
		widest = max(widest, dots)
	}
	if !explicit {
		e.out = e.implicit(widest)
		return e, nil
	}
	if e.out, err = einsumLetters(text, right, widest); err != nil {
		return e, err
	}
	for i, l := range e.out {
		if slices.Contains(e.out[:i], l) {
			return e, fmt.Errorf("equation %q: %q stands twice in the output", text, l)
		}
		if !slices.ContainsFunc(e.in, func(t []rune) bool { return slices.Contains(t, l) }) {
			return e, fmt.Errorf("equation %q: no input has %q", text, l)
		}
	}
	return e, nil
}

// einsumTerm returns the letters of an input of that rank, and how many of them its ellipsis stands
// for.
func einsumTerm(text, term string, rank int) (letters []rune, dots int, err error) {
	if strings.Contains(term, "...") {
		if rank < 0 {
			return nil, 0, fmt.Errorf("equation %q: the ellipsis %q needs an input of known rank", text, term)
		}
		if dots = rank - (len(term) - 3); dots < 0 {
			return nil, 0, fmt.Errorf("equation %q: %q on an input of %d axes", text, term, rank)
		}
	}
	letters, err = einsumLetters(text, term, dots)
	if err == nil && rank >= 0 && len(letters) != rank {
		err = fmt.Errorf("equation %q: %q on an input of %d axes", text, term, rank)
	}
	return letters, dots, err
}

// dot returns the letter for the i-th axis from the right that an ellipsis stands for. No equation
// can have it.
func dot(i int) rune { return unicode.MaxRune - rune(i) }

func einsumLetters(text, term string, dots int) ([]rune, error) {
	head, tail, ellipsis := strings.Cut(term, "...")
	letters := []rune(head)
	if ellipsis {
		for i := range dots {
			letters = append(letters, dot(dots-1-i))
		}
		letters = append(letters, []rune(tail)...)
	}
	for _, l := range head + tail {
		if l > unicode.MaxASCII || !unicode.IsLetter(l) {
			return nil, fmt.Errorf("equation %q: want letters, have %q", text, l)
		}
	}
	return letters, nil
}

// implicit returns the output if the equation states none: the ellipsis, then every letter that
// occurs once, in alphabetical order.
func (e einsum) implicit(widest int) []rune {
	count := map[rune]int{}
	for _, t := range e.in {
		for _, l := range t {
			count[l]++
		}
	}
	var out, once []rune
	for i := range widest {
		out = append(out, dot(widest-1-i))
	}
	for l, k := range count {
		if k == 1 && l <= unicode.MaxASCII {
			once = append(once, l)
		}
	}
	slices.Sort(once)
	return append(out, once...)
}

// letters lists each letter once: those of the output, then those that are summed over.
func (e einsum) letters() []rune {
	all := slices.Clone(e.out)
	for _, t := range e.in {
		for _, l := range t {
			if !slices.Contains(all, l) {
				all = append(all, l)
			}
		}
	}
	return all
}

// extents finds the extent of every letter. Axes with the same letter broadcast.
func (e einsum) extents(shapes []graph.Shape) (map[rune]graph.Dim, error) {
	size := map[rune]graph.Dim{}
	for i, t := range e.in {
		for d, l := range t {
			old, seen := size[l]
			if !seen {
				old = graph.Size(1)
			}
			var s graph.Dim
			if shapes[i] == nil {
				s = graph.Unknown
			} else {
				s = shapes[i][d]
			}
			b, err := broadcastShapes(graph.Shape{old}, graph.Shape{s})
			if err != nil {
				return nil, fmt.Errorf("axis %d of input %d: want %v as others with its letter have, have %v", d, i, old, s)
			}
			size[l] = b[0]
		}
	}
	return size, nil
}

func einsumOf(n *graph.Node) (einsum, []graph.Shape, error) {
	shapes := make([]graph.Shape, len(n.Inputs()))
	ranks := make([]int, len(shapes))
	for i := range shapes {
		shapes[i] = inShape(n, i)
		ranks[i] = len(shapes[i])
		if shapes[i] == nil {
			ranks[i] = -1
		}
	}
	e, err := decodeEinsum(n, ranks)
	return e, shapes, err
}
