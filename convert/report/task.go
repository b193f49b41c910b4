package report

// Task says what the outputs of a model were taken for.
type Task struct {
	Name string `json:"name"`
	// Guessed reports that the name follows from the outputs and was not given.
	Guessed bool `json:"guessed"`
	// How says which outputs are read and as what.
	How string `json:"how,omitempty"`
}

// Units of metrics and figures.
const (
	// Fraction is the unit of what is at most 1 and is shown in percent. Differences of it are in
	// percentage points.
	Fraction = "fraction"
	// Number is the unit of everything else. Differences are in the same unit.
	Number = "number"
)

// Metric is how good two models are on the same labelled samples.
type Metric struct {
	Name           string `json:"name"`
	Unit           string `json:"unit"` // Fraction or Number
	HigherIsBetter bool   `json:"higher_is_better"`
	// Original and Pruned are the values of both models, with confidence intervals.
	Original         float64   `json:"original"`
	OriginalInterval *Interval `json:"original_interval"`
	Pruned           float64   `json:"pruned"`
	PrunedInterval   *Interval `json:"pruned_interval"`
	// Drop is how much worse the pruned model is: in percentage points of a Fraction, else in the
	// metric's own unit.
	Drop         float64   `json:"drop"`
	DropInterval *Interval `json:"drop_interval"`
}

// Scale returns the factor from a difference of values to a Drop, negative if less is better.
func (m *Metric) Scale() float64 {
	s := 1.0
	if m.Unit == Fraction {
		s = 100
	}
	if !m.HigherIsBetter {
		s = -s
	}
	return s
}

// Score returns the value of the pruned model, negated if less is better, so that more always is.
func (m *Metric) Score() float64 {
	if m.HigherIsBetter {
		return m.Pruned
	}
	return -m.Pruned
}

// Figure is one number with its confidence interval.
type Figure struct {
	Name     string    `json:"name"`
	Unit     string    `json:"unit"`
	Value    float64   `json:"value"`
	Interval *Interval `json:"interval"` // null if not known
}

// ClassLoss says how many samples of one class both models classify correctly.
type ClassLoss struct {
	Class    int `json:"class"`
	Samples  int `json:"samples"`
	Original int `json:"original"`
	Pruned   int `json:"pruned"`
}
