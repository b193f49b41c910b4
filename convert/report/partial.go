package report

// Partial describes a model of which a part cannot be run. That part is kept as it is; the rest was
// pruned, repaired and proven, and timed, as a model of its own.
type Partial struct {
	// Aside lists the nodes that cannot be run.
	Aside []Aside `json:"aside,omitempty"`
	// StandIns lists the nodes of operators that the user described: where the model was run, something
	// that couples the same axes took their place.
	StandIns []Aside `json:"stand_ins,omitempty"`
	// MadeUp names the values that they compute and that other nodes read: random numbers took their
	// place wherever the model was run.
	MadeUp []string `json:"made_up,omitempty"`
	// Guessed gives, for each of these values of which the file does not say what type it has, the value
	// whose type it was taken to have.
	Guessed map[string]string `json:"guessed,omitempty"`
	// Uncounted is the number of nodes aside whose multiply-accumulates are not known, and not counted.
	Uncounted int `json:"uncounted,omitempty"`
	// Unproved names the outputs that were not compared, or not on values that the model itself
	// computes: those that depend on nodes aside.
	Unproved []string `json:"unproved,omitempty"`
	// Skipped says what was asked for and left out because the whole model cannot be run.
	Skipped []string `json:"skipped,omitempty"`
}

// Grown says what makes a file larger than the original's: constants that the original computes.
type Grown struct {
	Bytes        int64  `json:"bytes"`         // of all constants that the original does not have
	Largest      string `json:"largest"`       // name of the largest of them; empty if there is none
	LargestBytes int64  `json:"largest_bytes"` // of that one
}

// Aside is a node that cannot be run, and why.
type Aside struct {
	Node     string `json:"node"`
	Operator string `json:"operator"`
	Reason   string `json:"reason"`
}
