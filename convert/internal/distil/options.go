package distil

import (
	"fmt"
	"time"
)

// Options say how to learn. The zero Options do not.
type Options struct {
	On bool
	// Epochs is how often each sample is learnt from; 0 for DefaultEpochs, or as many as fit in Time.
	Epochs int
	// Time bounds the time that learning takes; 0 for no bound. Results then depend on the machine.
	Time time.Duration
	// Rate is the highest learning rate, relative to the magnitude of each weight; 0 for DefaultRate.
	Rate float64
	// Batch is the number of samples in a step; 0 for DefaultBatch, or as many as fit in memory.
	Batch   int
	Augment Augmentation
}

const (
	// DefaultEpochs is the number of epochs if neither they nor the time are given.
	DefaultEpochs = 40
	// MostEpochs is the largest number of epochs that the time alone leads to.
	MostEpochs = 100
	// DefaultRate is the highest learning rate. It is one at which EfficientNet-Lite0, cut to 0.7, gets steadily better on
	// held-out photographs; small networks bear five times as much.
	DefaultRate = 0.002
	// DefaultBatch is the number of samples in a step.
	DefaultBatch = 32
)

// Check returns an error if the options contradict each other.
func (o *Options) Check() error {
	switch {
	case !o.On && (o.Epochs != 0 || o.Time != 0 || o.Rate != 0 || o.Batch != 0 || o.Augment.on()):
		return fmt.Errorf("epochs, time, learning-rate, batch, augment: want --distil with them")
	case o.Epochs < 0:
		return fmt.Errorf("epochs: want a positive number, have %d", o.Epochs)
	case o.Time < 0:
		return fmt.Errorf("time: want a positive duration, have %v", o.Time)
	case !(o.Rate >= 0 && o.Rate <= 1):
		return fmt.Errorf("learning-rate: want a number from 0 to 1, have %v", o.Rate)
	case o.Batch < 0:
		return fmt.Errorf("batch: want a positive number, have %d", o.Batch)
	}
	return nil
}

// withDefaults fills in what is left open.
func (o Options) withDefaults() Options {
	if o.Epochs == 0 {
		if o.Epochs = DefaultEpochs; o.Time > 0 {
			o.Epochs = MostEpochs
		}
	}
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}
	if o.Batch == 0 {
		o.Batch = DefaultBatch
	}
	return o
}
