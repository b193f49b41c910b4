package report

// Latency is the latency of one model.
type Latency struct {
	Path string `json:"path"`
	Times
	Memory    Memory     `json:"memory"`
	Operators []Operator `json:"operators"`
	// Sparse lists the nodes with partly zero weights and how each is computed.
	Sparse []SparseChoice `json:"sparse,omitempty"`
	// Efficiency compares the time saved by leaving zeros out with what a model of the machine
	// predicts.
	Efficiency *Efficiencies `json:"efficiency,omitempty"`
	// Nodes gives the times of single nodes, if asked for.
	Nodes []Node `json:"nodes,omitempty"`
	// Peer is another runtime on the same model.
	Peer *Peer `json:"peer,omitempty"`
}

// Times summarizes the times of a number of runs.
type Times struct {
	MedianMS float64 `json:"median_ms"`
	MinMS    float64 `json:"min_ms"`
	P90MS    float64 `json:"p90_ms"`
	P95MS    float64 `json:"p95_ms"`
	Spread   float64 `json:"spread"` // interquartile range as a fraction of the median
	Runs     int     `json:"runs"`
}

// Memory is what a session holds besides the model, in bytes.
type Memory struct {
	Activations int64 `json:"activations"` // planned for the values of one run; 0 if extents are not known until then
	Scratch     int64 `json:"scratch"`     // needed by kernels besides
	Weights     int64 `json:"weights"`     // constants in the form that kernels read
}

// Operator is the time of all nodes of one operator in one run, including the nodes fused with
// them.
type Operator struct {
	Operator string  `json:"operator"`
	Nodes    int     `json:"nodes"`
	MS       float64 `json:"ms"`
	Share    float64 `json:"share"` // of the time of all nodes
	// MACs, GFLOP/s and the fraction of the machine's peak, for operators that multiply and
	// accumulate; absent for others and if extents are not known until a run.
	MACs   int64   `json:"macs,omitempty"`
	GFLOPS float64 `json:"gflops,omitempty"`
	OfPeak float64 `json:"of_peak,omitempty"`
}

// Machine is what was measured of the machine.
type Machine struct {
	Threads int `json:"threads"`
	// PeakGFLOPS is the peak of these threads: additions and multiplications of float32 in
	// registers.
	PeakGFLOPS float64 `json:"peak_gflops"`
}

// Node is the time of one node in one run, including the nodes fused with it.
type Node struct {
	Node     string  `json:"node"`
	Operator string  `json:"operator"` // "(reorder)" for a mere change of layout
	Kernel   string  `json:"kernel"`
	MS       float64 `json:"ms"` // median
	MinMS    float64 `json:"min_ms"`
	Share    float64 `json:"share"` // of the time of all nodes
	// As in Operator.
	MACs   int64   `json:"macs,omitempty"`
	GFLOPS float64 `json:"gflops,omitempty"`
	OfPeak float64 `json:"of_peak,omitempty"`
}

// SparseChoice says how a node with partly zero weights is computed.
type SparseChoice struct {
	Node    string `json:"node"`
	Weights int    `json:"weights"`
	NonZero int    `json:"nonzero"`
	Way     string `json:"way"` // the way taken: "dense", "sparse 4x1"
	// Ways lists the alternatives as measured when the session was compiled.
	Ways []Way `json:"ways"`
}

// Way is one way to compute a node.
type Way struct {
	Way     string  `json:"way"`
	Block   int     `json:"block"`   // outputs that share an entry; 0 for the dense way
	Entries int     `json:"entries"` // of the stored weights
	Stored  int     `json:"stored"`  // numbers in those entries
	MS      float64 `json:"ms"`
}

// Fit describes what predictions of latency are made from.
type Fit struct {
	Networks int `json:"networks"` // timed, including the uncut one
	Samples  int `json:"samples"`  // times of their steps
	// Residual is the sum of the absolute differences between predicted and measured times of these
	// steps, as a fraction of the sum of the times. Total is the largest such difference for a
	// whole network.
	Residual float64 `json:"residual"`
	Total    float64 `json:"total"`
}
