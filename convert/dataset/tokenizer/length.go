package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Truncation says how texts are cut that are too long.
type Truncation struct {
	// Length is the number of tokens that are kept, special ones included.
	Length int
	// Strategy is LongestFirst, OnlyFirst or OnlySecond.
	Strategy string
	// Left drops tokens at the beginning of a text instead of the end.
	Left bool
}

// Padding says how texts are continued that are too short.
type Padding struct {
	// Length is the number of tokens; 0 means that of the longest text.
	Length int
	// Multiple, if it is not 0, divides the length.
	Multiple int
	// Left puts padding before the text.
	Left bool
	// ID and Type are the token and its type.
	ID, Type int
}

// longestLength bounds lengths in files; some have "no bound" written as a number far above it.
const longestLength = 1 << 20

func left(at, direction string) (bool, error) {
	switch direction {
	case "Left":
		return true, nil
	case "Right", "":
		return false, nil
	}
	return false, fmt.Errorf("%s: direction %q is not supported", at, direction)
}

func parseTruncation(raw json.RawMessage) (*Truncation, error) {
	if absent(raw) {
		return nil, nil
	}
	p := part{at: "truncation", raw: raw}
	var f struct {
		Direction string  `json:"direction"`
		Length    float64 `json:"max_length"`
		Strategy  string  `json:"strategy"`
		Stride    float64 `json:"stride"` // of what was cut off, which nobody asks for
	}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	switch f.Strategy {
	case "LongestFirst", "OnlyFirst", "OnlySecond":
	default:
		return nil, fmt.Errorf("truncation: strategy %q is not supported", f.Strategy)
	}
	if f.Length < 0 || f.Length != math.Trunc(f.Length) {
		return nil, fmt.Errorf("truncation: max_length: want a number of tokens, have %v", f.Length)
	}
	t := &Truncation{Strategy: f.Strategy}
	if f.Length <= longestLength {
		t.Length = int(f.Length)
	}
	var err error
	t.Left, err = left("truncation", f.Direction)
	return t, err
}

func parsePadding(raw json.RawMessage) (*Padding, error) {
	if absent(raw) {
		return nil, nil
	}
	p := part{at: "padding", raw: raw}
	var f struct {
		Strategy  json.RawMessage `json:"strategy"`
		Direction string          `json:"direction"`
		Multiple  *int            `json:"pad_to_multiple_of"`
		ID        int             `json:"pad_id"`
		Type      int             `json:"pad_type_id"`
		Token     string          `json:"pad_token"`
	}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	out := &Padding{ID: f.ID, Type: f.Type}
	var name string
	var fixed struct{ Fixed *int }
	switch {
	case json.Unmarshal(f.Strategy, &name) == nil && name == "BatchLongest":
	case json.Unmarshal(f.Strategy, &fixed) == nil && fixed.Fixed != nil:
		out.Length = *fixed.Fixed
	default:
		return nil, fmt.Errorf("padding: strategy %s is not supported", short(string(f.Strategy)))
	}
	if f.Multiple != nil {
		out.Multiple = *f.Multiple
	}
	for name, n := range map[string]int{"strategy": out.Length, "pad_to_multiple_of": out.Multiple} {
		if n < 0 || n > longestLength {
			return nil, fmt.Errorf("padding: %s: want at most %d tokens, have %d", name, longestLength, n)
		}
	}
	for name, n := range map[string]int{"pad_id": out.ID, "pad_type_id": out.Type} {
		if n < 0 || n > math.MaxInt32 {
			return nil, fmt.Errorf("padding: %s: want a number of a token or a type, have %d", name, n)
		}
	}
	var err error
	out.Left, err = left("padding", f.Direction)
	return out, err
}

// cut cuts texts to room tokens together. t may be nil.
func (t *Truncation) cut(a, b []int, room int, pair bool) (_, _ []int, err error) {
	if t == nil {
		t = &Truncation{Strategy: "LongestFirst"}
	}
	over := len(a) + len(b) - room
	if over <= 0 {
		return a, b, nil
	}
	na, nb := len(a), len(b)
	switch {
	case t.Strategy == "OnlyFirst":
		na -= over
	case t.Strategy == "OnlySecond" && pair:
		nb -= over
	case t.Strategy == "OnlySecond":
		return nil, nil, errors.New("truncation: want pairs of texts, of which the second is to be cut, have one text")
	case !pair:
		na = room
	default:
		na, nb = shares(na, nb, room)
	}
	if na < 0 || nb < 0 {
		return nil, nil, errors.New("truncation: want a longer text to cut, have one that is too short")
	}
	return t.keep(a, na), t.keep(b, nb), nil
}

// shares divides room among two texts, so that the longer one is cut first.
func shares(a, b, room int) (int, int) {
	swapped := a > b
	if swapped {
		a, b = b, a
	}
	if a > room {
		b = a
	} else {
		b = max(a, room-a)
	}
	if a+b > room {
		a = room / 2
		b = a + room%2
	}
	if swapped {
		a, b = b, a
	}
	return a, b
}

func (t *Truncation) keep(ids []int, n int) []int {
	if t.Left {
		return ids[len(ids)-n:]
	}
	return ids[:n]
}
