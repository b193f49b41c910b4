// Package dataset reads the arrays that calibration and evaluation feed to a model: NumPy's .npy
// and .npz, and the IDX files of MNIST and its successors, plain or gzipped. It reads them whole
// (Load), or batch by batch if a set is larger than memory (Open), and writes .npy and .npz.
//
// The readers are our own because the files come from anywhere: every extent is checked against the
// bytes that are really there before memory is allocated for it, and every error is one line that
// starts with the file's name.
package dataset
