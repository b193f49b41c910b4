// Package dataset reads the arrays that calibration and evaluation feed to a model: NumPy's
// .npy and .npz, and the IDX files of MNIST and its successors, plain or gzip'd: whole (Load), or batch by batch
// where a set is larger than memory (Open). It writes .npy and .npz as well.
//
// The readers are our own because the files come from anywhere: every extent is held
// against the bytes that are really there before anything is allocated for it, and
// whatever is wrong is one line that begins with the file's name.
package dataset
