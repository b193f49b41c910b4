package report

// Latency is how long one model takes.
type Latency struct {
	Path string `json:"path"`
	Times
	Memory    Memory     `json:"memory"`
	Operators []Operator `json:"operators"`
	// Sparse lists the nodes whose weights are zero in part, and how each is computed.
	Sparse []SparseChoice `json:"sparse,omitempty"`
	// Efficiency is what leaving zeros out brings on this machine, and what a model of it says.
	Efficiency *Efficiencies `json:"efficiency,omitempty"`
	// Nodes is the same node by node, where that was asked for.
	Nodes []Node `json:"nodes,omitempty"`
	// Peer is another runtime on the same model.
	Peer *Peer `json:"peer,omitempty"`
}

// Times is how long one run takes, over so many runs.
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
	Activations int64 `json:"activations"` // planned for the values of one run; 0 where extents are not known before it
	Scratch     int64 `json:"scratch"`     // that kernels need beside them
	Weights     int64 `json:"weights"`     // constants in the form that kernels read them in
}

// Operator is the time of all nodes of one operator in one run, each with those that are computed together with it.
type Operator struct {
	Operator string  `json:"operator"`
	Nodes    int     `json:"nodes"`
	MS       float64 `json:"ms"`
	Share    float64 `json:"share"` // of the time of all nodes
	// MACs, and GFLOP/s with the part that they are of the machine's peak, of operators that multiply and accumulate; absent for others, and
	// where extents are not known before a run.
	MACs   int64   `json:"macs,omitempty"`
	GFLOPS float64 `json:"gflops,omitempty"`
	OfPeak float64 `json:"of_peak,omitempty"`
}

// Machine is what was measured of the machine that models were timed on.
type Machine struct {
	Threads int `json:"threads"`
	// PeakGFLOPS is what these threads can do at most: additions and multiplications of float32 in registers.
	PeakGFLOPS float64 `json:"peak_gflops"`
}

// Node is the time of one node in one run, with those that are computed together with it.
type Node struct {
	Node     string  `json:"node"`
	Operator string  `json:"operator"` // "(reorder)" where its input was only brought into another order
	Kernel   string  `json:"kernel"`
	MS       float64 `json:"ms"` // median
	MinMS    float64 `json:"min_ms"`
	Share    float64 `json:"share"` // of the time of all nodes
	// As in OperatorReport.
	MACs   int64   `json:"macs,omitempty"`
	GFLOPS float64 `json:"gflops,omitempty"`
	OfPeak float64 `json:"of_peak,omitempty"`
}

// SparseChoice is how a node is computed whose weights are zero in part.
type SparseChoice struct {
	Node    string `json:"node"`
	Weights int    `json:"weights"`
	NonZero int    `json:"nonzero"`
	Way     string `json:"way"` // the one that was taken: "dense", "sparse 4x1"
	// Ways is what there was to choose from, as measured when the model was made ready.
	Ways []Way `json:"ways"`
}

// Way is one way to compute a node.
type Way struct {
	Way     string  `json:"way"`
	Block   int     `json:"block"`   // outputs that share an entry; 0 of the dense way
	Entries int     `json:"entries"` // of the weights that are stored
	Stored  int     `json:"stored"`  // numbers that they have
	MS      float64 `json:"ms"`
}

// Fit says what predictions of latency were made from.
type Fit struct {
	Networks int `json:"networks"` // that were timed, the uncut one among them
	Samples  int `json:"samples"`  // times of their steps
	// Residual is the absolute differences of predicted and measured times of these steps, added up, as a fraction of the times;
	// Total the largest difference of a network's.
	Residual float64 `json:"residual"`
	Total    float64 `json:"total"`
}
