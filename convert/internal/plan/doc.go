// Package plan chooses the units that stay: by a criterion that scores them, errors at the outputs, and a
// solver that spends the budget.
package plan
