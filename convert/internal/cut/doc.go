// Package cut removes the units that a plan does not keep, and what is then without use.
package cut
