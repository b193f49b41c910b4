// Package target knows what widths the kernels of a runtime are made for. A runtime that works on blocks of eight
// channels spends on 19 channels what it spends on 24, or leaves its fast path altogether: half of the
// multiply-accumulates may take longer than all of them.
package target

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// Target is a table of alignments: which multiples the widths of operators should be.
type Target struct {
	Name string `json:"name"`
	Doc  string `json:"doc,omitempty"`
	// Source says where the numbers come from.
	Source string `json:"source"`
	Rules  []Rule `json:"rules"`
	// Room is how many times the multiple a group must hold to be cut to it; one that holds fewer units is cut to the
	// half, the quarter and so on of the multiple. 0 stands for defaultRoom.
	Room int `json:"room,omitempty"`
}

// Rule says that the operators of a kind are fast at multiples of a width.
type Rule struct {
	// Operators are operator types, of any domain. Empty stands for all.
	Operators []string `json:"operators,omitempty"`
	// Types are element types of what the operators compute, such as float, float16 or int8. Empty stands for all.
	Types []string `json:"types,omitempty"`
	// Multiple is a power of two.
	Multiple int `json:"multiple"`
}

// defaultRoom leaves a group at least three widths to be cut to.
const defaultRoom = 4

// None is the target that has no preferences.
const None = "none"

// Lookup returns the target of that name. The error lists those there are.
func Lookup(name string) (Target, error) {
	for _, t := range targets {
		if t.Name == name {
			return t, nil
		}
	}
	return Target{}, fmt.Errorf("target: want one of %s, or a JSON file, have %q", strings.Join(Names(), ", "), name)
}

// All returns the targets that are known, the most general first.
func All() []Target { return slices.Clone(targets) }

// Names lists the names of the targets that are known.
func Names() []string {
	var names []string
	for _, t := range targets {
		names = append(names, t.Name)
	}
	return names
}

// Parse reads a target from JSON: the fields of Target.
func Parse(text []byte) (Target, error) {
	var t Target
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return t, fmt.Errorf("target: %w", err)
	}
	return t, t.Check()
}

// Check reports what is wrong with the table.
func (t Target) Check() error {
	if t.Name == "" {
		return fmt.Errorf("target: want a name, have none")
	}
	if t.Room < 0 {
		return fmt.Errorf("target %s: want a room of 0 or more, have %d", t.Name, t.Room)
	}
	for i, r := range t.Rules {
		if m := r.Multiple; m < 1 || m&(m-1) != 0 || m > 1<<16 {
			return fmt.Errorf("target %s: rule %d: want a multiple that is a power of two up to 65536, have %d", t.Name, i, m)
		}
		for _, name := range r.Types {
			if _, err := graph.ParseDType(name); err != nil {
				return fmt.Errorf("target %s: rule %d: %w", t.Name, i, err)
			}
		}
	}
	return nil
}

// Multiple returns what the widths of n should be a multiple of; 1 if any will do.
func (t Target) Multiple(n *graph.Node) int {
	multiple := 1
	for _, r := range t.Rules {
		if len(r.Operators) > 0 && !slices.Contains(r.Operators, n.Op) {
			continue
		}
		if len(r.Types) > 0 && (n.Out(0) == nil || !slices.Contains(r.Types, n.Out(0).Type.DType.String())) {
			continue
		}
		multiple = max(multiple, r.Multiple)
	}
	return multiple
}

// Alignment is what the axes of a group should be multiples of, in positions.
type Alignment struct {
	Multiple int
	// Room is how many times the multiple the group must hold.
	Room int
}

// Alignments returns the alignment of each group for which some operator that reads or writes one of its axes has a
// preference: the largest of them.
func (t Target) Alignments(a *group.Analysis) map[*group.Group]Alignment {
	room := t.Room
	if room == 0 {
		room = defaultRoom
	}
	all := map[*group.Group]Alignment{}
	for _, g := range a.Groups {
		multiple := 1
		for _, m := range g.Members {
			if def, _ := m.Value.Def(); def != nil {
				multiple = max(multiple, t.Multiple(def))
			}
			for _, use := range m.Value.Uses() {
				if use.Node != nil {
					multiple = max(multiple, t.Multiple(use.Node))
				}
			}
		}
		if multiple > 1 {
			all[g] = Alignment{multiple, room}
		}
	}
	return all
}
