package dataset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// tokenRole is what an input of a language model gets.
type tokenRole int

const (
	tokenNone tokenRole = iota
	tokenIDs
	tokenMask
	tokenTypes
	tokenPositions
)

// tokenRoles lists the names of inputs in use, without what marks outputs of TensorFlow.
var tokenRoles = map[tokenRole][]string{
	tokenIDs:       {"input_ids", "inputids", "ids", "token_ids", "tokens", "input_word_ids"},
	tokenMask:      {"attention_mask", "attentionmask", "attn_mask", "input_mask", "mask"},
	tokenTypes:     {"token_type_ids", "tokentypeids", "token_types", "segment_ids", "input_type_ids", "type_ids"},
	tokenPositions: {"position_ids", "positionids", "positions"},
}

// roleOf returns what an input gets by its name. The only input gets the tokens, whatever its name.
func roleOf(v *graph.Value, inputs []*graph.Value) tokenRole {
	name, _, _ := strings.Cut(strings.ToLower(v.Name), ":")
	for role, names := range tokenRoles {
		if slices.Contains(names, name) {
			return role
		}
	}
	if len(inputs) == 1 {
		return tokenIDs
	}
	return tokenNone
}

// textInputs returns the inputs that text feeds, with the extents that dims has.
func textInputs(inputs []*graph.Value, dims map[string]int) ([]*graph.Value, error) {
	var fed []*graph.Value
	for _, v := range inputs {
		if v.Const == nil {
			fed = append(fed, bound(v, dims))
		}
	}
	seen := map[tokenRole]string{}
	for _, v := range fed {
		role := roleOf(v, fed)
		if role == tokenNone {
			return nil, fmt.Errorf("input %q: is not known by its name to take tokens (input_ids), what is no padding (attention_mask), types (token_type_ids) or positions (position_ids)", v.Name)
		}
		if other, has := seen[role]; has {
			return nil, fmt.Errorf("input %q: would get the same as %q", v.Name, other)
		}
		seen[role] = v.Name
		if len(v.Type.Shape) != 2 {
			return nil, fmt.Errorf("input %q: want [samples, tokens] for text, have %v", v.Name, v.Type)
		}
		if d := v.Type.DType; !d.IsInt() && d != graph.Undefined && role != tokenMask {
			return nil, fmt.Errorf("input %q: want whole numbers for text, have %v", v.Name, v.Type)
		}
	}
	if _, has := seen[tokenIDs]; !has {
		return nil, fmt.Errorf("is text, and no input takes tokens: want one called input_ids")
	}
	return fed, nil
}
