// Package saliency scores the units of groups: how much a network is expected to lose with each. A criterion is a value
// in a file of its own. What all criteria share is here: reducing scores over the members of a group, and making groups
// comparable.
package saliency
