// Package repair changes the weights of a cut model so that it comes near the original again.
package repair
