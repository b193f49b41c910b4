// Package rotation changes the basis of units that only linear maps write and read. The network computes the same, but
// its units are sorted by how much of what is read they carry, so that cutting the last ones loses less than cutting any
// of the original units.
//
// Two kinds of groups allow it. Queries and keys meet only in a product: q.k = (R q).(R^-T k) for every invertible R,
// one for each head. And a stream on which nothing but sums, moves and averages over other axes operate (the values of
// attention, the linear bottlenecks of MobileNetV2): W x = (W R^-1)(R x). SliceGPT (Ashkboos et al. 2024,
// https://arxiv.org/abs/2401.15024) rests on the same invariance and rotates the residual stream; here R need not be
// orthogonal, and is found for each group separately.
//
// The choice of R: if queries and keys were independent, with second moments Q and K, the part of their product that r
// dimensions leave out is least for the first r singular vectors of Q^1/2 K^1/2, and is the sum of the squares of the
// other singular values (Eckart and Young, The approximation of one matrix by another of lower rank, Psychometrika 1,
// 1936). The same holds for W G^1/2, for a stream with second moments G that maps W read.
//
// What makes a change of basis lossless is checked node by node, as a flow. flow.go follows the units from the maps that
// write them to those that read them, carry.go says what an operator on the way may do, and site.go finds which
// positions must change in the same way. Anything else, such as a nonlinear function, a normalization, a rotary
// embedding or a constant that differs between units, leaves the group as it is.
package rotation
