package report

// Distillation says what the cut model learnt from the original on unlabelled samples.
type Distillation struct {
	// Terms lists what the loss compares.
	Terms []DistilTerm `json:"terms"`
	// Samples is the number of samples that were learnt from, Held that of those held out.
	Samples int `json:"samples"`
	Held    int `json:"held"`
	// Batch is the number of samples in a step, Epochs how often each was learnt from, and Steps the number of steps.
	Batch  int `json:"batch"`
	Epochs int `json:"epochs"`
	Steps  int `json:"steps"`
	// Rate is the highest learning rate.
	Rate float64 `json:"rate"`
	// Augmented names what was done to samples; absent if nothing was.
	Augmented string `json:"augmented,omitempty"`
	// Learnt is the number of weights that learn, Fixed that of other floating-point constants, and Zeros of those that were
	// held at zero.
	Learnt int `json:"learnt"`
	Fixed  int `json:"fixed"`
	Zeros  int `json:"zeros,omitempty"`
	// Stops says where gradients end: node and reason. Weights before it learn less or nothing.
	Stops []DistilStop `json:"stops,omitempty"`
	// Before and After are the loss on the samples held out, and AgreementBefore and AgreementAfter the share of them for
	// which both models have the same highest score; absent where the output is no scores.
	Before          float64  `json:"before"`
	After           float64  `json:"after"`
	AgreementBefore *float64 `json:"agreement_before,omitempty"`
	AgreementAfter  *float64 `json:"agreement_after,omitempty"`
	// Best is the step whose weights were kept.
	Best int `json:"best"`
	// Undone reports whether the weights stayed as they were, because none were better on the samples held out.
	Undone bool `json:"undone,omitempty"`
	// Stopped says why learning ended before its last epoch; absent if it did not.
	Stopped string `json:"stopped,omitempty"`
	// Seconds is how long a step took, averaged.
	Seconds float64 `json:"seconds"`
}

// DistilTerm is a value that both models compute.
type DistilTerm struct {
	Value  string  `json:"value"`
	Role   string  `json:"role"` // output, inside
	Loss   string  `json:"loss"` // divergence, squares
	Weight float64 `json:"weight"`
}

// DistilStop is a node that gradients do not pass.
type DistilStop struct {
	Node   string `json:"node"`
	Reason string `json:"reason"`
}
