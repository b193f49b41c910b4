// Package dataset reads the arrays that calibration and evaluation feed to a model: NumPy's .npy
// and .npz, and the IDX files of MNIST and its successors, plain or gzipped. A Source is a set of
// samples that are read where they are needed, from a file (Open) or from memory (Held); Load reads
// a whole file. The package also writes .npy and .npz.
//
// Folders are data as well: of pictures (OpenFolder), of sounds (OpenSounds), of arrays and of ONNX test
// data. OpenData tells them apart.
//
// The readers are our own because the files come from anywhere: every extent is checked against the
// bytes that are really there before memory is allocated for it, and every error is one line that
// starts with the file's name.
package dataset
