package report

import "github.com/pollard-dev/pollard/convert/dataset"

// Repair is what became of one node. Errors are energies of the difference to the
// original relative to the original's, on samples that the repair was not made from.
type Repair struct {
	Node   string  `json:"node"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	Taken  bool    `json:"taken"`
}

// Calibration says what inputs the repair, or calibrate, saw.
type Calibration struct {
	Source  string         `json:"source"` // data, statistics or synthetic
	Samples int            `json:"samples"`
	Shard   *dataset.Shard `json:"shard,omitempty"` // of calibrate: which part of all there are
}

// Free lists units of one group of the simplified model that went because no output depends on them.
type Free struct {
	Group string `json:"group"`
	Kind  string `json:"kind"` // dead, constant, duplicate or combination
	Units []int  `json:"units"`
}

// Silent lists units of a group that were 0 wherever they are read on all of the calibration set.
type Silent struct {
	Group string `json:"group"`
	Units []int  `json:"units"`
}

// Statistics says what is in a file of statistics.
type Statistics struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	// Model is the digest of the model that they are of.
	Model    string        `json:"model_sha256"`
	Criteria []string      `json:"criteria"`
	Source   string        `json:"source"`
	Samples  int           `json:"samples"`
	Total    int           `json:"total"`
	Shard    dataset.Shard `json:"shard"`
	Axes     int           `json:"axes"`  // whose moments are known
	Grams    int           `json:"grams"` // nodes whose Gram matrices are known
}
