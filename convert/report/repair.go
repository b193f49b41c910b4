package report

import "github.com/pollard-dev/pollard/convert/dataset"

// Repair is the outcome for one node. Before and After are energies of the difference to the
// original relative to the original's, on samples that the repair did not learn from.
type Repair struct {
	Node   string  `json:"node"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	// Samples and Rows are what the node learnt from and was judged on; absent if it was repaired from
	// statistics.
	Samples int  `json:"samples,omitempty"`
	Rows    int  `json:"rows,omitempty"`
	Taken   bool `json:"taken"`
}

// Learning says what bounds a run's learning had, and how good its result is on samples that nothing
// was learnt from.
type Learning struct {
	// Effort names the effort, and Memory is the bound on bytes beyond the model.
	Effort string `json:"effort"`
	Memory int64  `json:"memory"`
	// Given is the number of samples that there are, and Used that of those that a repair learnt from
	// in the end. Fewest is how many its first node learnt from: values are largest there.
	Given  int `json:"given"`
	Used   int `json:"used"`
	Fewest int `json:"fewest"`
	// Before and After are the energy of the difference to the original's outputs on held-out samples,
	// as a fraction of their energy, before and after the repairs; absent if no output can be compared.
	Before *float64 `json:"before,omitempty"`
	After  *float64 `json:"after,omitempty"`
	// Undone reports whether all repairs were undone because they raised it.
	Undone bool `json:"undone,omitempty"`
	// Warning says that the result is poor, and what would give more; absent if it is not.
	Warning string `json:"warning,omitempty"`
}

// Calibration says what inputs the repair, or calibrate, read.
type Calibration struct {
	Source  string         `json:"source"` // data, statistics or synthetic
	Samples int            `json:"samples"`
	Shard   *dataset.Shard `json:"shard,omitempty"` // of calibrate: which part of all samples
}

// Free lists the units of one group that were removed because no output depends on them.
type Free struct {
	Group string `json:"group"`
	Kind  string `json:"kind"` // dead, constant, duplicate or combination
	Units []int  `json:"units"`
}

// Silent lists the units of a group that were 0 wherever they are read, on the whole calibration
// set.
type Silent struct {
	Group string `json:"group"`
	Units []int  `json:"units"`
}

// Statistics describes a statistics file.
type Statistics struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	// Model is the digest of the model that the statistics are of.
	Model    string        `json:"model_sha256"`
	Criteria []string      `json:"criteria"`
	Source   string        `json:"source"`
	Samples  int           `json:"samples"`
	Total    int           `json:"total"`
	Shard    dataset.Shard `json:"shard"`
	Axes     int           `json:"axes"`  // with known moments
	Grams    int           `json:"grams"` // nodes with known Gram matrices
}
