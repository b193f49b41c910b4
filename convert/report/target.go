package report

// Target says how a model was found that meets limits on loss, and how certain that is.
type Target struct {
	// MaxDrop is in percentage points of accuracy or in the unit of another metric, MinAgreement a fraction; null if not asked for.
	MaxDrop      *float64 `json:"max_drop"`
	MinAgreement *float64 `json:"min_agreement"`
	// Split says how the evaluation set was split. Chosen holds the figures on the samples that
	// chose the model; Reported, like all other figures of the report, those on the other samples.
	Split    string `json:"split"`
	Chosen   Split  `json:"chosen"`
	Reported *Split `json:"reported"` // null if no model was found
	// Confidence is the confidence level of the intervals.
	Confidence float64 `json:"confidence"`
	Tried      []Tried `json:"tried"`
}

// Split is the result on one part of the evaluation set. What needs labels is null without them.
type Split struct {
	Samples int `json:"samples"`
	// Metric is the headline of the task; Accuracy is null unless it is that of a classifier.
	Metric            *Metric   `json:"metric"`
	Accuracy          *float64  `json:"accuracy"`
	AccuracyInterval  *Interval `json:"accuracy_interval"`
	Drop              *float64  `json:"drop"`
	DropInterval      *Interval `json:"drop_interval"`
	Agreement         float64   `json:"agreement"`
	AgreementInterval Interval  `json:"agreement_interval"`
}

// Tried is one model made during the search.
type Tried struct {
	Keep           float64  `json:"keep"`
	Reached        float64  `json:"reached"`
	PredictedError *float64 `json:"predicted_error"`
	Drop           *float64 `json:"drop"`
	Agreement      float64  `json:"agreement"`
	Met            bool     `json:"met"`
}

// Interval is a confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}
