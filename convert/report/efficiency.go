package report

// Efficiencies says how much of the speed-up that zeros promise this machine delivers, and what a
// model of the machine predicts: T = fixed + beta s + gamma B for s stored weights in B blocks,
// fitted to each node from networks with made-up zeros.
type Efficiencies struct {
	Nodes []NodeEfficiency `json:"nodes"`
	// Within is the fraction of the nodes computed without their zeros for which Rho and
	// RhoPredicted differ by at most 15 %.
	Within float64 `json:"within"`
	// DenseMS and MS are the least times of a run of the whole model with zeros multiplied and left
	// out. PredictedMS is MS with the predicted times of those nodes.
	DenseMS     float64 `json:"dense_ms"`
	MS          float64 `json:"ms"`
	PredictedMS float64 `json:"predicted_ms"`
	Efficiency
}

// Efficiency compares a speed-up with that of a machine whose time is proportional to the
// multiplications that remain.
type Efficiency struct {
	SpeedUp      float64 `json:"speed_up"`      // dense over sparse time
	Theoretical  float64 `json:"theoretical"`   // all multiplications over those that remain
	Rho          float64 `json:"rho"`           // SpeedUp over Theoretical
	RhoPredicted float64 `json:"rho_predicted"` // Rho for the predicted time
}

// NodeEfficiency describes one node with partly zero weights.
type NodeEfficiency struct {
	Node    string `json:"node"`
	Way     string `json:"way"`
	Weights int    `json:"weights"`
	NonZero int    `json:"nonzero"`
	Stored  int    `json:"stored"` // numbers in blocks
	Blocks  int    `json:"blocks"`

	DenseMS     float64 `json:"dense_ms"`
	MS          float64 `json:"ms"`
	PredictedMS float64 `json:"predicted_ms"`
	Efficiency

	// BetaPS is the time of one stored weight at one position and GammaPS that of one block, in
	// picoseconds; FixedMS is the time that does not depend on the weights. Residual is the root
	// mean square of the fit's relative errors.
	BetaPS   float64 `json:"beta_ps"`
	GammaPS  float64 `json:"gamma_ps"`
	FixedMS  float64 `json:"fixed_ms"`
	Residual float64 `json:"residual"`
	// Share is 1 / (1 + gamma B / (beta s)).
	Share float64 `json:"share"`
}
