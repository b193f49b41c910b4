"""Writes the files that the tests read, with NumPy, whose format .npy and .npz are."""
import gzip
import struct

import numpy as np

for code in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8".split():
    np.save(f"{code}.npy", np.arange(6).reshape(2, 3).astype("<" + code))
np.save("b1.npy", np.array([[0, 1, 0], [1, 1, 0]], bool))
np.save("big.npy", np.arange(6).reshape(2, 3).astype(">f4"))
np.save("fortran.npy", np.asfortranarray(np.arange(24).reshape(2, 3, 4).astype("<i4")))
np.save("fortran_big.npy", np.asfortranarray(np.arange(6).reshape(2, 3).astype(">i2")))
np.save("scalar.npy", np.float32(7))
np.save("empty.npy", np.zeros((0, 3), "<f4"))
np.save("structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save("text.npy", np.array(["a", "b"]))
np.save("nan.npy", np.array([[0, 1, 2], [3, np.nan, 5]], "<f4"))
with open("v2.npy", "wb") as f:
    np.lib.format.write_array(f, np.arange(6).reshape(2, 3).astype("<f4"), version=(2, 0))
ids, mask = np.arange(6).reshape(3, 2).astype("<i8"), np.ones((3, 2), "<f4")
np.savez("plain.npz", ids=ids, mask=mask, labels=np.array([2, 0, 1]))
np.savez_compressed("packed.npz", ids=ids, mask=mask, labels=np.array([2, 0, 1]))
pixels = np.arange(2 * 3 * 4, dtype="u1") * 10
with gzip.GzipFile("pixels.idx.gz", "wb", mtime=0) as f:
    f.write(struct.pack(">BBBB3I", 0, 0, 8, 3, 2, 3, 4) + pixels.tobytes())
with open("labels.idx", "wb") as f:
    f.write(struct.pack(">BBBBI", 0, 0, 8, 1, 2) + bytes([9, 4]))
with open("int16.idx", "wb") as f:
    f.write(struct.pack(">BBBBI3h", 0, 0, 0x0B, 1, 3, -2, 0, 300))
