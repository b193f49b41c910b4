package report

// Efficiencies says how much of the speed that zeros promise this machine turns into time, and what a model of it
// says: T = fixed + beta s + gamma B for s stored weights in B blocks, fitted to each node from networks with made-up zeros.
type Efficiencies struct {
	Nodes []NodeEfficiency `json:"nodes"`
	// Within is the part of the nodes that are computed without their zeros for which Rho and RhoPredicted are at most 15 % apart.
	Within float64 `json:"within"`
	// DenseMS and MS are the least that a run of the whole model took with zeros multiplied and left out, PredictedMS is MS with what the fit says of
	// those nodes.
	DenseMS     float64 `json:"dense_ms"`
	MS          float64 `json:"ms"`
	PredictedMS float64 `json:"predicted_ms"`
	Efficiency
}

// Efficiency compares a speed-up with the one that a machine would have which only multiplies what is not zero.
type Efficiency struct {
	SpeedUp      float64 `json:"speed_up"`      // dense over sparse time
	Theoretical  float64 `json:"theoretical"`   // multiplications over those that are left
	Rho          float64 `json:"rho"`           // SpeedUp over Theoretical
	RhoPredicted float64 `json:"rho_predicted"` // with the time that the fit predicts
}

// NodeEfficiency is one node whose weights are zero in part.
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

	// BetaPS is the time of one stored weight at one position, GammaPS that of one block, in picoseconds; FixedMS what there is
	// whatever the weights are. Residual is the root mean square of the fit's relative errors.
	BetaPS   float64 `json:"beta_ps"`
	GammaPS  float64 `json:"gamma_ps"`
	FixedMS  float64 `json:"fixed_ms"`
	Residual float64 `json:"residual"`
	// Share is 1 / (1 + gamma B / (beta s)).
	Share float64 `json:"share"`
}
