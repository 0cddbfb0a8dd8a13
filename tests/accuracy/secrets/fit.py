#!/usr/bin/env python3
"""Fits the weights of the detection by context (src/scan/secrets/generic_weights.h).

    ninja -C build tests/inspect_generic
    inspect_generic -a -r FILES/ < paths > candidates.jsonl       # every place judged, with its features
    fit.py OUT.h CANDIDATES LABELS WEIGHT [CANDIDATES LABELS WEIGHT …]

LABELS has one object a line, {"path", "line", "label": true|false, "holdout": bool}; a place on a line without a true label counts
as false; holdout paths are not used; "-" instead of a file: all places are false (trees without secrets). WEIGHT scales a set.
The model is logistic regression on the yes/no features that the C program prints by name: what each adds in log odds is what the
header says. Groups (the first component of a path: a repository) are damped, so that a large one does not decide alone.
Needs numpy; only for maintainers, the header is committed."""
import collections
import json
import pathlib
import re
import sys

import numpy as np

RIDGE, SCALE = 8.0, 256
HEADER = pathlib.Path(__file__).resolve().parents[3] / "src/scan/secrets/generic_features.h"


def feature_names():
    text = HEADER.read_text().split("#define GENERIC_FEATURES(X)")[1].split("enum generic_feature")[0]
    return re.findall(r"X\((\w+)\)", text)


def read_set(candidates, labels, scale, index):
    true, hold = set(), set()
    if labels != "-":
        for line in open(labels):
            row = json.loads(line)
            if row["holdout"]:
                hold.add(row["path"])
            elif row["label"]:
                true.add((row["path"], row["line"]))
    rows, y, groups = [], [], []
    for line in open(candidates):
        row = json.loads(line)
        if row["path"] in hold:
            continue
        rows.append([index[f] for f in row["features"]])
        y.append((row["path"], row["line"]) in true)
        groups.append(row["path"].split("/")[0] or row["path"])
    count = collections.Counter(zip(groups, y))
    w = [scale * min(1.0, (40 / count[k]) ** 0.6) if labels != "-" else scale for k in zip(groups, y)]
    return rows, y, w


def fit(x, y, w):
    """Newton's method on the penalised likelihood; the last column is the bias and is not penalised."""
    b = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], RIDGE)
    ridge[-1] = 1e-6
    for _ in range(40):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        gradient = x.T @ (w * (p - y)) + ridge * b
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        b -= step
        if np.abs(step).max() < 1e-5:
            break
    return b


def main():
    names = feature_names()
    index = {n: i for i, n in enumerate(names)}
    rows, y, w = [], [], []
    for i in range(2, len(sys.argv), 3):
        a, b, c = read_set(sys.argv[i], sys.argv[i + 1], float(sys.argv[i + 2]), index)
        rows, y, w = rows + a, y + b, w + c
    x = np.zeros((len(rows), len(names) + 1))
    for i, r in enumerate(rows):
        x[i, r] = 1
        x[i, -1] = 1
    y, w = np.array(y, float), np.array(w)
    b = fit(x, y, w)
    used = x[:, :-1].sum(axis=0)
    with open(sys.argv[1], "w") as out:
        out.write("/* The weights of the features (generic_features.h), 256 for one unit of log odds. Written by tests/accuracy/secrets/fit.py:\n"
                  f" * {len(y)} labelled places, {int(y.sum())} of them secrets. A feature that too few of them have has none. */\n"
                  "#pragma once\n#include \"scan/secrets/generic_features.h\"\n\n")
        out.write(f"static const int generic_bias = {round(b[-1] * SCALE)};\n")
        out.write("static const int16_t generic_weights[GENERIC_FEATURE_END] = {\n")
        for n, v, k in zip(names, b, used):
            if k >= 4:
                out.write(f"\t[GENERIC_{n}] = {max(-2500, min(2500, round(v * SCALE)))},\n")
        out.write("};\n")
    print(f"{len(y)} places, {int(y.sum())} true; F1 on them {f1(x @ b, y):.3f}")


def f1(score, y):
    hit = score >= 0
    tp = (hit & (y > 0)).sum()
    return 2 * tp / max(1, hit.sum() + y.sum())


if __name__ == "__main__":
    main()
