// Package gemm multiplies matrices of float64 numbers: Gram matrices take most of the time of a repair and of a
// criterion that wants them, and gonum's products, which are written for any machine, reach a tenth of what this one can do. Panels
// of both factors are packed and go through a kernel that keeps 4 x 8 sums in registers (Goto and van de Geijn 2008,
// https://doi.org/10.1145/1356052.1356053). Each number of a result is computed by one thread in an
// order that does not depend on how many there are.
package gemm
