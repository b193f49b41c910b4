package report

// Look says what a model sees of the data.
type Look struct {
	// Samples is the number of samples, Looked of how many of them the figures are.
	Samples int            `json:"samples"`
	Looked  int            `json:"looked"`
	Inputs  []InputFigures `json:"inputs"`
	// Norm says what the first BatchNormalization meets; absent if there is none to tell.
	Norm *NormFigures `json:"norm,omitempty"`
	// Labels counts the samples of each class; absent without labels.
	Labels []LabelCount `json:"labels,omitempty"`
	// Warnings says what looks wrong.
	Warnings []string `json:"warnings,omitempty"`
}

// InputFigures describes the numbers of an input.
type InputFigures struct {
	Name     string           `json:"name"`
	Type     string           `json:"type"`
	Shape    []int            `json:"shape"` // of one sample
	Channels []ChannelFigures `json:"channels"`
	// Float reports whether elements are floating-point numbers, Picture whether there are channels.
	Float   bool `json:"-"`
	Picture bool `json:"-"`
}

// ChannelFigures describes the numbers of a channel.
type ChannelFigures struct {
	Min  float64 `json:"min"`
	Max  float64 `json:"max"`
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"`
}

// NormFigures compares what a BatchNormalization meets with its running statistics.
type NormFigures struct {
	Node string `json:"node"`
	// Shift is the distance of the means in running standard deviations, Spread the standard deviation
	// over the running one, each the median over the channels.
	Shift  float64 `json:"shift"`
	Spread float64 `json:"spread"`
}

// LabelCount is the number of samples of a class.
type LabelCount struct {
	Class   int    `json:"class"`
	Name    string `json:"name,omitempty"` // of the folder
	Samples int    `json:"samples"`
}
