package report

// Peer is what another runtime makes of the same model and inputs, on as many threads, its runs and ours in turn.
type Peer struct {
	Runtime string `json:"runtime"` // its name and version
	Times
	// Ratio is ours over theirs.
	Ratio PeerRatio `json:"ratio"`
	// MaxRelDiff is the largest difference of two output elements as a fraction of the largest magnitude of its output;
	// null where outputs cannot be compared, and Note says why.
	MaxRelDiff *float64 `json:"max_rel_diff"`
	Tolerance  float64  `json:"tolerance"` // of MaxRelDiff
	Note       string   `json:"note,omitempty"`
	// Ours and Theirs is the memory of processes that only load the model and run it; null where the system does not tell.
	Ours   *Resident `json:"ours_memory"`
	Theirs *Resident `json:"theirs_memory"`
}

// PeerRatio is ours over theirs: below 1 we are faster, or smaller.
type PeerRatio struct {
	Median float64  `json:"median"`
	Min    float64  `json:"min"`
	Memory *float64 `json:"memory"` // of the sessions
}

// Resident is what a process has in memory, in bytes, files that it mapped included.
type Resident struct {
	Before  int64 `json:"before"`  // before the model was loaded: the program and its libraries
	Peak    int64 `json:"peak"`    // the most, while the model was loaded and run
	Session int64 `json:"session"` // the difference of these
}
