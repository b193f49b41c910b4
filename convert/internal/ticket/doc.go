// Package ticket makes lottery tickets (Frankle and Carbin 2019): the structure that a trained
// network selects, with the values it had before or early in training. Two or three checkpoints go
// in; out come the ticket, its masks, and a proof that its values are those of the source and that
// it computes what the masked source computes.
//
// A ticket must not be merged, rotated or repaired, so it takes its own path from plan to file.
package ticket
