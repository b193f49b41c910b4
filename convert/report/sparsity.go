package report

// Sparsity says which weights became zero.
type Sparsity struct {
	Pattern    string       `json:"pattern"`
	Wanted     float64      `json:"wanted"`  // share of zeros
	Reached    float64      `json:"reached"` // of the weights that can be zero
	Criterion  string       `json:"criterion"`
	Allocation string       `json:"allocation"`
	Weights    int64        `json:"weights"` // that can be zero
	NonZero    int64        `json:"nonzero"`
	Nodes      []SparseNode `json:"nodes"`
	// Dense lists the nodes that keep all weights, and why.
	Dense []DenseNode `json:"dense,omitempty"`
}

// SparseNode is one node. Errors are as those of Repair, absent if nothing was measured.
type SparseNode struct {
	Node    string   `json:"node"`
	Pattern string   `json:"pattern"`
	Weights int      `json:"weights"`
	NonZero int      `json:"nonzero"`
	Density float64  `json:"density"`
	Before  *float64 `json:"before,omitempty"`
	After   *float64 `json:"after,omitempty"`
}

// DenseNode is a node with constant weights that stays as it is.
type DenseNode struct {
	Node string `json:"node"`
	Why  string `json:"why"`
}
