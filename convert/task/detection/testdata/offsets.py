#!/usr/bin/env python3
"""Writes offsets.json: priors of torchvision's generators, made-up outputs of the heads of SSD and RetinaNet, and the boxes that
torchvision makes of them: for each prior the best class, edges clipped to the picture. Needs torchvision."""
import json
import os

import torch
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.anchor_utils import AnchorGenerator, DefaultBoxGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import clip_boxes_to_image

HEIGHT, WIDTH = 48, 64
torch.manual_seed(3)
images = ImageList(torch.zeros(1, 3, HEIGHT, WIDTH), [(HEIGHT, WIDTH)])
maps = [torch.zeros(1, 1, 3, 4), torch.zeros(1, 1, 2, 2)]


def case(priors, weights, softmax):
    n = len(priors)
    offsets, scores = torch.randn(n, 4) * 2, torch.randn(n, 5) * 2
    offsets[0, 2] = 60  # larger than torchvision lets a box grow
    boxes = clip_boxes_to_image(BoxCoder(weights).decode_single(offsets, priors), (HEIGHT, WIDTH))
    p = scores.softmax(1)[:, 1:] if softmax else scores.sigmoid()
    best, label = p.max(1)
    want = [b.tolist() + [int(l), float(s)] for b, l, s in zip(boxes, label, best)]
    return {"priors": priors.tolist(), "offsets": offsets.tolist(), "scores": scores.tolist(), "want": want}


ssd = DefaultBoxGenerator([[2], [2, 3]], min_ratio=20, max_ratio=90)(images, maps)[0]
retina = AnchorGenerator(((8, 12), (24, 32)), ((0.5, 1.0, 2.0),) * 2)(images, maps)[0]
json.dump({"ssd": case(ssd, (10.0, 10.0, 5.0, 5.0), True), "retinanet": case(retina, (1.0, 1.0, 1.0, 1.0), False)},
          open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "offsets.json"), "w"))
