package group

import "github.com/pollard-dev/pollard/graph"

// Group is a set of units that can be removed independently of each other. A
// unit is one position of the group's atom; removing it removes its
// positions from every member.
type Group struct {
	Name  string
	Kind  string // channel, head, head dimension or neuron
	Units int
	// Members lists every axis that the group has positions on, of weights and computed values.
	Members []Member

	atom *term
}

// Member is one axis of one value.
type Member struct {
	Value *graph.Value
	Axis  int
}

// Pinned is an axis of a weight or of a computed value from which no position can be removed.
type Pinned struct {
	Value    string `json:"value"`
	Weight   bool   `json:"weight"` // whether it is a weight, not a computed value
	Axis     int    `json:"axis"`
	Size     string `json:"size"`
	Operator string `json:"operator"`
	Reason   string `json:"reason"`
}

// Plan says which units of each group are kept, in ascending order. A group that is absent keeps all.
type Plan struct {
	Kept map[*Group][]int
}

// Analysis is what Find learnt about a model. It is valid as long as the model is not changed.
type Analysis struct {
	Groups []*Group
	Pinned []Pinned

	values  []*graph.Value // in the order of the graph
	axes    map[*graph.Value][]*term
	virtual map[*graph.Node][]*term
	stats   map[*graph.Node][]stat
	byAtom  map[*term]*Group
}

// stat is an axis a node computes a statistic over.
type stat struct {
	value *graph.Value
	axis  int
}
