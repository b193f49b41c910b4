package report

// Ticket says what a ticket was made of, and whether its values are the initial ones.
type Ticket struct {
	Trained string `json:"trained"`
	Initial string `json:"initial"`
	Rewind  string `json:"rewind,omitempty"`
	Mask    string `json:"mask,omitempty"`
	// Sparsity is the fraction of the multiplied weights that are masked one by one; absent if
	// units were cut.
	Sparsity float64 `json:"sparsity,omitempty"`
	// Values counts the elements of weights that the ticket keeps, Equal those whose bits are those
	// of the source.
	Values int64 `json:"values"`
	Equal  int64 `json:"bit_equal"`
	// SHA256 is the digest of the kept values, in the order of Kept.
	SHA256 string       `json:"sha256"`
	Kept   []KeptValues `json:"kept"`
	// MaskDiff is the difference between the dense model, its weights multiplied by the masks, and
	// the ticket, as a fraction of the largest output. MaskNote says why it is not 0 if statistics
	// run over a cut axis.
	MaskDiff float64 `json:"mask_max_rel_diff"`
	MaskNote string  `json:"mask_note,omitempty"`
	// Unnamed lists weights of the ticket whose names are absent from the source, where the
	// exporter left them to be computed.
	Unnamed []string `json:"unnamed,omitempty"`
}

// KeptValues describes one initializer of the ticket.
type KeptValues struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
	Dense []int  `json:"dense_shape"`
	Kept  int64  `json:"kept"`
	// SHA256 is the digest of the kept values, Source that of the source's values at the same
	// positions.
	SHA256 string `json:"sha256"`
	Source string `json:"source_sha256"`
}
