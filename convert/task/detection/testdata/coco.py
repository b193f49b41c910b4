#!/usr/bin/env python3
"""Writes coco.json, found.json and coco-want.json: a few pictures with made-up labels and boxes, and what pycocotools makes of them.

    pip install numpy pycocotools && ./coco.py
"""
import contextlib, io, json, os
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(18)
images, annotations, found = [], [], []
categories = [{"id": i, "name": f"c{i}"} for i in (1, 2, 5, 9)]
for i in range(40):
    images.append({"id": i + 1, "file_name": f"p/{i:03}.jpg", "width": 100, "height": 80})
    for _ in range(rng.integers(0, 6)):
        x, y, w, h = rng.uniform(0, 70), rng.uniform(0, 50), rng.uniform(5, 30), rng.uniform(5, 30)
        c, crowd = int(rng.choice([1, 2, 5])), int(rng.random() < 0.08)
        box = [round(float(v), 2) for v in (x, y, w, h)]
        annotations.append({"id": len(annotations) + 1, "image_id": i + 1, "category_id": c, "bbox": box, "area": box[2] * box[3], "iscrowd": crowd})
        for _ in range(rng.integers(0, 3)):  # near it, more or less
            s = rng.choice([0.5, 2, 5])
            near = [round(float(v), 2) for v in (x + rng.normal(0, s), y + rng.normal(0, s), max(2, w + rng.normal(0, s)), max(2, h + rng.normal(0, s)))]
            found.append({"image_id": i + 1, "category_id": c if rng.random() < 0.85 else int(rng.choice([1, 2, 5, 9])), "bbox": near, "score": round(float(rng.random()), 2)})
    for _ in range(rng.integers(0, 3)):  # anywhere
        box = [round(float(v), 2) for v in (rng.uniform(0, 70), rng.uniform(0, 50), rng.uniform(5, 30), rng.uniform(5, 30))]
        found.append({"image_id": i + 1, "category_id": int(rng.choice([1, 2, 5, 9])), "bbox": box, "score": round(float(rng.random()), 2)})
for name, value in ("coco", {"images": images, "annotations": annotations, "categories": categories}), ("found", found):
    with open(os.path.join(here, name + ".json"), "w") as f:
        json.dump(value, f)
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO(os.path.join(here, "coco.json"))
    e = COCOeval(truth, truth.loadRes(os.path.join(here, "found.json")), "bbox")
    e.evaluate(); e.accumulate(); e.summarize()
with open(os.path.join(here, "coco-want.json"), "w") as f:
    json.dump({"mAP@0.5:0.95": e.stats[0], "mAP@0.5": e.stats[1]}, f)
print(e.stats[:2])
