package report

// Target says how a model was found for what it may lose, and how sure it is that it loses no more.
type Target struct {
	// MaxDrop is in percentage points of accuracy, MinAgreement a fraction; null where it was not asked for.
	MaxDrop      *float64 `json:"max_drop"`
	MinAgreement *float64 `json:"min_agreement"`
	// Split says how the evaluation set was split: Chosen are the figures on the samples that chose the model, Reported those on the
	// others, which chose nothing; so are all other figures of the report.
	Split    string `json:"split"`
	Chosen   Split  `json:"chosen"`
	Reported *Split `json:"reported"` // null where no model was found
	// Confidence is that of the intervals.
	Confidence float64 `json:"confidence"`
	Tried      []Tried `json:"tried"`
}

// Split is what a part of the evaluation set says of a model. What needs labels is null without them.
type Split struct {
	Samples           int       `json:"samples"`
	Accuracy          *float64  `json:"accuracy"`
	AccuracyInterval  *Interval `json:"accuracy_interval"`
	Drop              *float64  `json:"drop"`
	DropInterval      *Interval `json:"drop_interval"`
	Agreement         float64   `json:"agreement"`
	AgreementInterval Interval  `json:"agreement_interval"`
}

// Tried is one model that was made on the way.
type Tried struct {
	Keep           float64  `json:"keep"`
	Reached        float64  `json:"reached"`
	PredictedError *float64 `json:"predicted_error"`
	Drop           *float64 `json:"drop"`
	Agreement      float64  `json:"agreement"`
	Met            bool     `json:"met"`
}

// Interval is where a figure lies with the confidence that the report states.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}
