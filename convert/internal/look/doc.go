// Package look says what a model will see of the data: the range and the mean of each channel, and
// whether they are what the first BatchNormalization met in training.
package look
