// Package detection reads boxes from the outputs of detectors, of whatever form they are, and compares
// them: with other boxes, or with what is known to be in the pictures, as COCO does.
package detection
