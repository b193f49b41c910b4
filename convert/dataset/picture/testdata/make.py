#!/usr/bin/env python3
"""Writes pictures of every kind that is read, and what PIL makes of them: decoded.npz has the pixels of each file, resized.npz those of scene.png resized with each filter, prepared.npz those of whole preprocessings. Needs numpy and pillow."""
import os
import numpy as np
from PIL import Image, ImageDraw, ImageOps

here = os.path.dirname(os.path.abspath(__file__))
os.chdir(here)
rng = np.random.default_rng(11)


def scene(w, h):
    y, x = np.mgrid[:h, :w]
    a = np.stack([255 * x / w, 255 * y / h, 127 + 90 * np.sin(x / 5) * np.cos(y / 7)], 2) + rng.normal(0, 6, (h, w, 3))
    im = Image.fromarray(np.clip(a, 0, 255).astype(np.uint8))
    d = ImageDraw.Draw(im)
    d.ellipse([w * 0.2, h * 0.2, w * 0.6, h * 0.7], fill=(220, 30, 60))
    d.rectangle([w * 0.55, h * 0.5, w * 0.9, h * 0.9], fill=(20, 60, 220))
    return im


im = scene(61, 47)
im.save("scene.png")
im.convert("L").save("grey.png")
im.quantize(32).save("palette.png")
rgba = im.convert("RGBA")
rgba.putalpha(Image.fromarray(rng.integers(0, 256, (47, 61), dtype=np.uint8)))
rgba.save("alpha.png")
rgba.save("alpha.webp", lossless=True, exact=True)
Image.fromarray(np.asarray(im.convert("L"), np.uint16) * 257).save("grey16.png")
im.convert("1").save("bits.png")
im.save("lossless.webp", lossless=True)
im.save("lossy.webp", quality=90)
im.save("plain.bmp")
im.quantize(16).save("palette.bmp")
im.quantize(64).save("palette.gif")
im.quantize(64).save("animated.gif", save_all=True, append_images=[scene(61, 47).quantize(64)])
im.convert("L").save("grey.jpg", quality=92)
im.convert("CMYK").save("cmyk.jpg", quality=92)
for name, s in (("444", 0), ("422", 1), ("420", 2)):
    im.save(f"{name}.jpg", quality=92, subsampling=s)
im.save("progressive.jpg", quality=92, progressive=True)
scene(60, 48).save("even.jpg", quality=92)
for k in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = k
    im.save(f"turned{k}.jpg", quality=92, subsampling=0, exif=exif)
    if k in (3, 6):
        im.save(f"turned{k}.png", exif=exif)
        im.save(f"turned{k}.webp", lossless=True, exif=exif)


def read(name):
    return ImageOps.exif_transpose(Image.open(name)).convert("RGB")


decoded = {}
for name in sorted(os.listdir(".")):
    if name.endswith((".png", ".jpg", ".webp", ".bmp", ".gif")):
        p = read(name)
        if name == "grey16.png":  # PIL clips 16 bits to 255; their upper halves are meant
            p = im.convert("L").convert("RGB")
        decoded[name] = np.asarray(p)
np.savez_compressed("decoded.npz", **decoded)

filters = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "nearest": Image.NEAREST, "lanczos": Image.LANCZOS, "box": Image.BOX, "hamming": Image.HAMMING}
resized = {}
for name, f in filters.items():
    for h, w in ((20, 31), (90, 100), (47, 13), (11, 61)):
        resized[f"{name}_{h}x{w}_rgb"] = np.asarray(im.resize((w, h), f))
        resized[f"{name}_{h}x{w}_grey"] = np.asarray(im.convert("L").resize((w, h), f))
np.savez_compressed("resized.npz", **resized)


def crop(p, shorter, h, w, f):
    s = shorter / min(p.size)
    p = p.resize((round(p.width * s), round(p.height * s)), f)
    l, t = (p.width - w) // 2, (p.height - h) // 2
    return np.asarray(p.crop((l, t, l + w, t + h)))


def letterbox(p, h, w, f):
    s = min(w / p.width, h / p.height)
    p = p.resize((round(p.width * s), round(p.height * s)), f)
    out = Image.new("RGB", (w, h), (114, 114, 114))
    out.paste(p, ((w - p.width) // 2, (h - p.height) // 2))
    return np.asarray(out)


np.savez_compressed("prepared.npz", crop=crop(read("420.jpg"), 32, 28, 28, Image.BILINEAR), crop_large=crop(im, 20, 32, 24, Image.BICUBIC), letterbox=letterbox(im, 40, 40, Image.BILINEAR), squash=np.asarray(im.resize((24, 32), Image.BICUBIC)))
