package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// part is a component of the file, and where it lies.
type part struct {
	at    string
	raw   json.RawMessage
	depth int
}

// mostNested bounds how far sequences are nested.
const mostNested = 8

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// kind returns the type of a component.
func (p part) kind() (string, error) {
	if p.depth > mostNested {
		return "", fmt.Errorf("%s: sequences are nested more than %d times", p.at, mostNested)
	}
	var k struct {
		Type *string `json:"type"`
	}
	if err := json.Unmarshal(p.raw, &k); err != nil {
		return "", p.wrong(err)
	}
	if k.Type == nil {
		return "", nil
	}
	return *k.Type, nil
}

// into decodes the component, whose fields must all be known.
func (p part) into(v any) error {
	d := json.NewDecoder(bytes.NewReader(p.raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return p.wrong(err)
	}
	return nil
}

func (p part) wrong(err error) error { return fmt.Errorf("%s: %w", p.at, plain(err)) }

// refuse returns the error of a component that is not served.
func (p part) refuse(kind string) error {
	return fmt.Errorf("%s: type %q is not supported", p.at, kind)
}

// list returns the components of a sequence, which lie in the named field.
func (p part) list(field string) ([]part, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(p.raw, &fields); err != nil {
		return nil, p.wrong(err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(fields[field], &raw); err != nil {
		return nil, fmt.Errorf("%s: %s: want a list", p.at, field)
	}
	const mostParts = 256
	if len(raw) > mostParts {
		return nil, fmt.Errorf("%s: %s: want at most %d, have %d", p.at, field, mostParts, len(raw))
	}
	var all []part
	for i, r := range raw {
		all = append(all, part{fmt.Sprintf("%s.%s[%d]", p.at, field, i), r, p.depth + 1})
	}
	return all, nil
}

// plain returns a decoding error without the names of Go types.
func plain(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		if wrong.Field == "" {
			return fmt.Errorf("want another kind of value, have: %s", wrong.Value)
		}
		return fmt.Errorf("%s: want another kind of value, have: %s", wrong.Field, wrong.Value)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}
