package report

// Peer is another runtime's result for the same model, inputs and threads. Its runs and ours take
// turns.
type Peer struct {
	Runtime string `json:"runtime"` // name and version
	Times
	// Ratio is our figures over theirs.
	Ratio PeerRatio `json:"ratio"`
	// MaxRelDiff is the largest difference of two output elements as a fraction of the largest
	// magnitude of the output. It is null if outputs cannot be compared; Note says why.
	MaxRelDiff *float64 `json:"max_rel_diff"`
	Tolerance  float64  `json:"tolerance"` // of MaxRelDiff
	Note       string   `json:"note,omitempty"`
	// Ours and Theirs give the memory of processes that only load the model and run it; null if the
	// system does not tell.
	Ours   *Resident `json:"ours_memory"`
	Theirs *Resident `json:"theirs_memory"`
}

// PeerRatio is our figures over theirs: below 1, ours are faster or smaller.
type PeerRatio struct {
	Median float64  `json:"median"`
	Min    float64  `json:"min"`
	Memory *float64 `json:"memory"` // of the sessions
}

// Resident is the resident memory of a process in bytes, including mapped files.
type Resident struct {
	Before  int64 `json:"before"`  // before the model was loaded: the program and its libraries
	Peak    int64 `json:"peak"`    // maximum while the model was loaded and run
	Session int64 `json:"session"` // difference of the two
}
