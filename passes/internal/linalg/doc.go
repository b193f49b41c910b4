// Package linalg is the linear algebra that the passes share: products and Cholesky factors of
// dense float64 matrices, and sums of products of float32 data in float64.
//
// It has its own kernels for products. Gram matrices take most of the time of a repair and of a
// criterion that reads them, and gonum's portable products reach about a tenth of what a processor
// with vector units can do. Panels of both factors are packed and multiplied by a kernel that keeps
// 4 x 8 sums in registers (Goto and van de Geijn 2008, https://doi.org/10.1145/1356052.1356053).
// One thread computes each element of a product, in an order that does not depend on the number of
// threads. Data of networks is float32, and so are its products: Sums are those of panels of few rows, added up in float64.
// Factorizations consist of products too, except for small blocks on the diagonal.
package linalg
