#!/usr/bin/env python3
"""Writes reference.json: small outputs of an original and of a pruned model, labels, and what scipy, scikit-learn and NumPy make of them.

    pip install numpy scipy scikit-learn && ./reference.py
"""
import json, os
import numpy as np
from scipy import stats
from sklearn import metrics

rng = np.random.default_rng(18)
f32 = lambda x: np.asarray(x, np.float32)
flat = lambda x: {"shape": list(np.shape(x)), "data": np.asarray(x, np.float64).ravel().tolist()}
cases = {}


def case(name, original, pruned, labels, want):
    cases[name] = {"original": flat(original), "pruned": flat(pruned), "labels": flat(labels), "want": {k: float(v) for k, v in want.items()}}


# classification
a = f32(rng.normal(size=(60, 12)))
b = f32(a + rng.normal(size=a.shape) * 0.7)
y = np.where(rng.random(60) < 0.6, a.argmax(1), rng.integers(0, 12, 60))
top5 = lambda x: metrics.top_k_accuracy_score(y, x, k=5, labels=range(12))
case("classification", a, b, y, {
    "same class": np.mean(a.argmax(1) == b.argmax(1)), "accuracy/original": metrics.accuracy_score(y, a.argmax(1)), "accuracy/pruned": metrics.accuracy_score(y, b.argmax(1)),
    "top-5 accuracy/original": top5(a), "top-5 accuracy/pruned": top5(b)})

# multilabel: some scores are equal, and no sample has the last label
a = f32(np.round(1 / (1 + np.exp(-rng.normal(size=(50, 6)))), 1))
b = f32(np.clip(np.round(a + rng.normal(size=a.shape) * 0.2, 2), 0, 1))
y = (a + rng.normal(size=a.shape) * 0.3 > 0.6).astype(int)
y[:, -1] = 0
ap = lambda x: np.mean([metrics.average_precision_score(y[:, k], x[:, k]) for k in range(5)])
same = ((a > 0.5) == (b > 0.5)) | (np.abs(a - b) < 1e-4)
case("multilabel", a, b, y, {"same decisions": same.mean(), "mean average precision/original": ap(a), "mean average precision/pruned": ap(b)})

# regression
a = f32(rng.normal(size=(40, 3)))
b = f32(a + rng.normal(size=a.shape) * 0.1)
y = f32(a + rng.normal(size=a.shape) * 0.5)
r2 = lambda want, have: 1 - np.sum((have.astype(float) - want) ** 2) / np.sum((want - want.astype(float).mean()) ** 2)
assert abs(r2(y[:, :1], a[:, :1]) - metrics.r2_score(y[:, 0], a[:, 0])) < 1e-6
mae = lambda want, have: metrics.mean_absolute_error(want, have)
case("regression", a, b, y, {
    "R2": r2(a, b), "mean absolute difference": mae(a, b), "R2/original": r2(y, a), "R2/pruned": r2(y, b),
    "mean absolute error/original": mae(y, a), "mean absolute error/pruned": mae(y, b)})

# embedding: pairs lie side by side
a = f32(rng.normal(size=(60, 8)))
b = f32(a + rng.normal(size=a.shape) * 0.3)
unit = lambda x: x.astype(float) / np.linalg.norm(x.astype(float), axis=1, keepdims=True)
ua, ub = unit(a), unit(b)
pair = lambda u: (u[0::2] * u[1::2]).sum(1)
y = np.round(pair(ua) + rng.normal(size=30) * 0.3, 1)  # some are equal
tri = np.triu_indices(60, 1)
k = 10
near = lambda u: [set(np.argsort(-np.where(np.eye(60, dtype=bool), -9, u @ u.T)[i], kind="stable")[:k]) for i in range(60)]
case("embedding", a, b, y, {
    "mean cosine": (ua * ub).sum(1).mean(), "rank correlation of cosines between samples": stats.spearmanr((ua @ ua.T)[tri], (ub @ ub.T)[tri]).statistic,
    "same among 10 nearest neighbours": np.mean([len(p & q) / k for p, q in zip(near(ua), near(ub))]),
    "rank correlation/original": stats.spearmanr(pair(ua), y).statistic, "rank correlation/pruned": stats.spearmanr(pair(ub), y).statistic})

# generation
a = f32(rng.normal(size=(10, 7, 9)) * 2)
b = f32(a + rng.normal(size=a.shape))
y = rng.integers(0, 9, (10, 7))
y[rng.random(y.shape) < 0.2] = -100
def perplexity(x):
    p = x - np.log(np.exp(x.astype(float)).sum(-1, keepdims=True))
    return np.exp(-np.take_along_axis(p, np.maximum(y, 0)[..., None], -1)[..., 0][y >= 0].mean())
case("generation", a, b, y, {"same next token": np.mean(a.argmax(-1) == b.argmax(-1)), "perplexity/original": perplexity(a), "perplexity/pruned": perplexity(b)})

# segmentation: class 4 of 5 occurs in one mask alone, and some labels do not count
a = f32(rng.normal(size=(6, 5, 4, 3)))
a[:, 4] -= 3
b = f32(a + rng.normal(size=a.shape) * 0.5)
y = np.where(rng.random((6, 4, 3)) < 0.7, a.argmax(1), rng.integers(0, 4, (6, 4, 3)))
y[rng.random(y.shape) < 0.1] = 255
def miou(p, q):
    c = metrics.confusion_matrix(p.ravel(), q.ravel(), labels=range(5)).astype(float)
    either = c.sum(0) + c.sum(1) - np.diag(c)
    return np.mean((np.diag(c)[either > 0] / either[either > 0]))
m = y != 255
x, z = a.argmax(1), b.argmax(1)
case("segmentation", a, b, y, {
    "pixels of the same class": np.mean(x == z), "mIoU with the original's masks": miou(x, z), "mIoU/original": miou(y[m], x[m]), "mIoU/pruned": miou(y[m], z[m]),
    "pixel accuracy/original": np.mean(y[m] == x[m]), "pixel accuracy/pruned": np.mean(y[m] == z[m])})

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.json"), "w") as f:
    json.dump(cases, f)
for n, c in cases.items():
    print(n, c["want"])
