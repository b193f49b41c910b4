package dataset

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/pollard-dev/pollard/graph"
)

// State is an input of a streaming model that gets what an output was in the call before, and zeros in
// the first call of a sequence.
type State struct {
	Output, Input string
	// By says where that is from: given, or guessed by names or by shapes.
	By string
	// Type is the input's, and Shape its extents; those that the model leaves open are 1.
	Type  graph.DType
	Shape []int
}

// Zero returns the state before the first call.
func (s State) Zero() *graph.Tensor { return graph.NewTensor(s.Type, s.Shape...) }

// StateOptions says which inputs are states.
type StateOptions struct {
	// Given lists pairs of the names of an output and an input.
	Given [][2]string
	// Outputs are those of the model. Without them no states are guessed, and none can be given.
	Outputs []*graph.Value
	// None says that no input is a state.
	None bool
	// Frame is the number of samples of a sound that a call takes, and Hop how many further on the next
	// call is. 0 for the extent of the input, and for the frame.
	Frame, Hop int
}

// The values of State.By.
const (
	StateGiven  = "given"
	ByNames     = "guessed by names"
	ByShapes    = "guessed by shapes"
	widestGuess = 64 // inputs and outputs among which states are guessed
)

// States returns the inputs that are states of sequences of calls in the data at path: those that are
// given, or else the inputs for which the data have nothing and an output fits by its name or, if it
// is the only one of its type and shape, by these. Without any, each sample is one call.
func States(path string, opt Options, inputs []*graph.Value) ([]State, error) {
	states, err := opt.States.of(path, inputs)
	if err == nil && (opt.States.Frame > 0 || opt.States.Hop > 0) && (states == nil || !IsFolder(path) || !holdsSounds(path)) {
		err = fmt.Errorf("%s: want a folder of sounds and a model with states, which a frame and a hop are for", path)
	}
	return states, err
}

func (o *StateOptions) of(path string, inputs []*graph.Value) ([]State, error) {
	switch {
	case o.None && len(o.Given) > 0:
		return nil, errors.New("state: want none or pairs of outputs and inputs, have both")
	case o.None || len(o.Outputs) == 0:
		return nil, nil
	case len(o.Given) > 0:
		return o.given(inputs)
	}
	missing, all := missingInputs(path, inputs)
	if len(o.Outputs) > widestGuess || len(missing) > widestGuess {
		return nil, nil
	}
	return o.guess(missing, all), nil
}

// given checks the given pairs.
func (o *StateOptions) given(inputs []*graph.Value) (all []State, err error) {
	for _, pair := range o.Given {
		out, in := named(o.Outputs, pair[0]), named(inputs, pair[1])
		what := fmt.Sprintf("state: %s=%s", pair[0], pair[1])
		switch {
		case out == nil:
			return nil, fmt.Errorf("%s: want the name of an output, have %s", what, joinNames(valueNames(o.Outputs)))
		case in == nil:
			return nil, fmt.Errorf("%s: want the name of an input, have %s", what, joinNames(valueNames(inputs)))
		case !carries(out, in):
			return nil, fmt.Errorf("%s: want an output that fits the input, %v, have %v", what, in.Type, out.Type)
		case slices.ContainsFunc(all, func(s State) bool { return s.Input == in.Name }):
			return nil, fmt.Errorf("%s: the input is named twice", what)
		}
		all = append(all, newState(out, in, StateGiven))
	}
	return all, nil
}

// guess pairs inputs with outputs whose names are the same but for words that tell the two sides apart,
// and those that are left by their types and shapes, where these say one thing only. unnamed says that the
// data feed one of the missing inputs, whatever its name: then the first with axes that is no state by its
// name is left to them.
func (o *StateOptions) guess(missing []*graph.Value, unnamed bool) (all []State) {
	taken := map[*graph.Value]bool{}
	pair := func(by string, fits func(out, in *graph.Value) bool) {
		for _, in := range missing {
			var found []*graph.Value
			for _, out := range o.Outputs {
				if !taken[out] && carries(out, in) && fits(out, in) {
					found = append(found, out)
				}
			}
			if taken[in] || len(found) != 1 {
				continue
			}
			rivals := 0
			for _, other := range missing {
				if !taken[other] && carries(found[0], other) && fits(found[0], other) {
					rivals++
				}
			}
			if rivals == 1 {
				taken[in], taken[found[0]] = true, true
				all = append(all, newState(found[0], in, by))
			}
		}
	}
	pair(ByNames, func(out, in *graph.Value) bool { s := stem(in.Name); return s != "" && s == stem(out.Name) })
	if unnamed && slices.ContainsFunc(missing, func(v *graph.Value) bool { return len(v.Type.Shape) > 0 }) {
		fed := slices.IndexFunc(missing, func(v *graph.Value) bool { return !taken[v] && len(v.Type.Shape) > 0 })
		if fed < 0 { // the names of all are like those of outputs
			fed = slices.IndexFunc(missing, func(v *graph.Value) bool { return len(v.Type.Shape) > 0 })
			all = slices.DeleteFunc(all, func(s State) bool { return s.Input == missing[fed].Name })
		}
		taken[missing[fed]] = true
	}
	pair(ByShapes, func(out, in *graph.Value) bool {
		return len(in.Type.Shape) > 1 && out != o.Outputs[0] && in.Type.String() == out.Type.String() && in.Type.Shape.Elems().Known()
	})
	return all
}

// carries reports whether an input can take what an output is.
func carries(out, in *graph.Value) bool {
	if in.Const != nil || in.Type.Shape == nil || out.Type.DType != in.Type.DType || in.Type.DType.Bits()%8 != 0 {
		return false
	}
	if out.Type.Shape == nil {
		return true
	}
	if len(out.Type.Shape) != len(in.Type.Shape) {
		return false
	}
	for i, d := range in.Type.Shape {
		a, knownA := d.Value()
		b, knownB := out.Type.Shape[i].Value()
		if knownA && knownB && a != b {
			return false
		}
	}
	return true
}

func newState(out, in *graph.Value, by string) State {
	s := State{Output: out.Name, Input: in.Name, By: by, Type: in.Type.DType}
	for i, d := range in.Type.Shape {
		n, known := d.Value()
		if !known {
			n = 1
			if out.Type.Shape != nil {
				if m, known := out.Type.Shape[i].Value(); known {
					n = m
				}
			}
		}
		s.Shape = append(s.Shape, n)
	}
	return s
}

// sideWords tell an input from the output that it comes from, in names.
var sideWords = []string{"in", "out", "input", "output", "i", "o", "n", "prev", "previous", "next", "new", "old", "past", "present", "last", "initial", "init", "t"}

// stem returns the words of a name without those that tell a state before a call from the state after it:
// "state" of "stateN" and "in_state", "h" of "h0" and "hn", "conv cache" of "conv_cache_out".
func stem(name string) string {
	words := slices.DeleteFunc(wordsOf(name), func(w string) bool { return slices.Contains(sideWords, w) })
	if n := len(words); n > 1 && words[n-1] == "0" {
		words = words[:n-1]
	}
	if len(words) == 1 && len(words[0]) == 2 && words[0][1] == 'n' { // hn, cn
		words[0] = words[0][:1]
	}
	return strings.Join(words, " ")
}

// wordsOf divides a name at signs, before capital letters, and between letters and digits.
func wordsOf(name string) (words []string) {
	kind := func(r rune) int {
		switch {
		case unicode.IsDigit(r):
			return 2
		case unicode.IsLetter(r):
			return 1
		}
		return 0
	}
	before := rune(0)
	for _, r := range name {
		k := kind(r)
		switch {
		case k == 0:
		case k != kind(before) || unicode.IsUpper(r) && unicode.IsLower(before):
			words = append(words, string(unicode.ToLower(r)))
		default:
			words[len(words)-1] += string(unicode.ToLower(r))
		}
		before = r
	}
	return words
}

// missingInputs returns the inputs that the data at path have nothing for, if the data are sounds or arrays. all
// says that these are all inputs, one of which is fed by what has no name.
func missingInputs(path string, inputs []*graph.Value) (missing []*graph.Value, all bool) {
	var wanted []*graph.Value
	for _, v := range inputs {
		if v.Const == nil {
			wanted = append(wanted, v)
		}
	}
	if len(wanted) < 2 || IsText(path) {
		return nil, false
	}
	has, is := presence(path)
	if !is {
		return nil, false
	}
	for _, v := range wanted {
		if !has(v.Name) {
			missing = append(missing, v)
		}
	}
	return missing, len(missing) == len(wanted)
}

// presence returns a function that reports whether the data at a path have something for the input of a
// name, and whether they are of a kind that sequences can be made of: sounds or arrays.
func presence(path string) (has func(input string) bool, is bool) {
	none := func(string) bool { return false } // of sounds, and of the one array of a file
	if !IsFolder(path) {
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return nil, false // what comes out of a pipe can be read only once
		}
		a, err := openArchive(path)
		if err != nil {
			return nil, false // others complain
		}
		defer a.close()
		if a.zip == nil {
			return none, true
		}
		names := slices.Clone(a.names)
		return func(name string) bool { return slices.Contains(names, name) }, true
	}
	if sets, err := TestSets(path); sets != nil || err != nil {
		return nil, false
	}
	shards, columns, err := arrayFiles(path)
	switch {
	case err != nil:
		return nil, false
	case len(shards) > 0:
		return presence(shards[0])
	case len(columns) > 0:
		return func(name string) bool { return columns[columnName(&graph.Value{Name: name})] != "" }, true
	}
	return none, holdsSounds(path)
}

// named returns the value of a name, or nil.
func named(values []*graph.Value, name string) *graph.Value {
	for _, v := range values {
		if v.Name == name {
			return v
		}
	}
	return nil
}

func valueNames(values []*graph.Value) (names []string) {
	for _, v := range values {
		names = append(names, v.Name)
	}
	return names
}

// without returns the inputs that are no states.
func without(inputs []*graph.Value, states []State) (rest []*graph.Value) {
	for _, v := range inputs {
		if !slices.ContainsFunc(states, func(s State) bool { return s.Input == v.Name }) {
			rest = append(rest, v)
		}
	}
	return rest
}
