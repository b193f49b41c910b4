// Package proof proves that simplification changed nothing, that the cut model is the masked original, and
// that the written file is the model.
package proof
