#!/usr/bin/env python3
"""Writes sounds/, WAV files of every kind that is read, and expected/sounds.npz, their samples as scipy reads them, from -1 to 1, the mean of the channels. Needs numpy and scipy."""
import os, wave
import numpy as np
from scipy.io import wavfile

os.chdir(os.path.dirname(os.path.abspath(__file__)))
t = np.arange(200) / 8000
x = np.stack([0.7 * np.sin(2 * np.pi * 440 * t), 0.4 * np.cos(2 * np.pi * 300 * t)], 1)
wavfile.write("sounds/u8.wav", 8000, np.round(x[:, 0] * 127 + 128).astype(np.uint8))
wavfile.write("sounds/i16.wav", 8000, np.round(x[:, 0] * 32767).astype(np.int16))
wavfile.write("sounds/stereo.wav", 8000, np.round(x * 32767).astype(np.int16))
wavfile.write("sounds/i32.wav", 8000, np.round(x[:, 0] * (2**31 - 1)).astype(np.int32))
wavfile.write("sounds/f32.wav", 8000, x.astype(np.float32))
wavfile.write("sounds/f64.wav", 8000, x[:150])
with wave.open("sounds/i24.wav", "wb") as w:
    w.setnchannels(1), w.setsampwidth(3), w.setframerate(8000)
    w.writeframes(b"".join(int(v).to_bytes(3, "little", signed=True) for v in np.round(x[:, 0] * (2**23 - 1))))
out = {}
for name in sorted(os.listdir("sounds")):
    _, a = wavfile.read("sounds/" + name)
    a = (a.astype(float) - 128) / 128 if a.dtype == np.uint8 else a / 2.0**15 if a.dtype == np.int16 else a / 2.0**31 if a.dtype == np.int32 else a.astype(float)
    out[name] = (a.mean(1) if a.ndim > 1 else a).astype(np.float32)
np.savez("expected/sounds.npz", **out)
