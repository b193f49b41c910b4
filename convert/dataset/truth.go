package dataset

import "io"

// Truth is what is known of samples that is not the number of a class: boxes, masks, numbers.
type Truth interface {
	// Part returns the truth of the numbered samples.
	Part(samples []int) Truth
	// Digest writes what tells one truth from another to a hash.
	Digest(w io.Writer) error
}
