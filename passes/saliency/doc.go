// Package saliency scores the units of groups: how much a network is expected to
// lose with each. A criterion is a value, one file each; what is common to all,
// reducing scores over the members of a group and making groups comparable, is here.
package saliency
