"""Writes half.txt: float32 numbers, and what NumPy and PyTorch make of them as float16 and bfloat16 and back, all as
hexadecimal bits. Ties, ends of ranges and subnormal numbers of both types are among them."""
import numpy as np
import torch

rng = np.random.default_rng(7)
bits = [rng.integers(0, 1 << 32, 250, dtype=np.uint64)]  # NaN left out below
for lo, hi in ((0x33000000, 0x38900000), (0x38000000, 0x47900000), (0, 0x00ffffff), (0x7f000000, 0x7f800000)):
    b = rng.integers(lo, hi, 60, dtype=np.uint64)
    bits += [b, b & ~np.uint64(0x1fff) | np.uint64(0x1000), b & ~np.uint64(0xffff) | np.uint64(0x8000)]  # ties of either type
bits = np.concatenate(bits)
bits = np.concatenate([bits, bits ^ np.uint64(1 << 31), np.array(
    [0, 1 << 31, 0x7f800000, 0xff800000, 0x477fefff, 0x477ff000, 0x477fe000, 0x7f7f7fff, 0x7f7f8000, 0x33000000, 0x33000001, 0x387fffff], np.uint64)])
x = bits.astype(np.uint32).view(np.float32)
x = x[~np.isnan(x)]
with np.errstate(over="ignore"):
    half = x.astype(np.float16).astype(np.float32)
brain = torch.from_numpy(x.copy()).to(torch.bfloat16).to(torch.float32).numpy()
with open("half.txt", "w") as f:
    for row in zip(*(v.view(np.uint32) for v in (x, half, brain))):
        f.write("%08x %08x %08x\n" % row)
