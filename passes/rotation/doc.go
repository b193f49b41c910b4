// Package rotation changes the basis of units that only linear maps write and read: what a network computes stays, but
// the units are sorted by how much of what is read they carry, so that cutting the last ones loses the least that
// any choice of so many could.
//
// Two kinds of groups allow it. Queries and keys meet in a product alone: q.k = (R q).(R^-T k) for every
// invertible R, one for each head. And a stream that nothing but sums, moves and averages over other axes lies in
// (values of attention, the linear bottlenecks of MobileNetV2): W x = (W R^-1)(R x).
package rotation
