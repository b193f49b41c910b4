// Package surgery carries out a plan. Cut removes the positions of removed units from every tensor. Mask leaves them in
// place and makes them ineffective. A cut is correct if both compute the same.
package surgery
