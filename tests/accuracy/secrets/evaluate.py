#!/usr/bin/env python3
"""Scores reports against labels.jsonl, strictly: a report on a line that is not labelled true is false, wherever it is.

    evaluate.py CORPUS HITS        HITS: JSON lines with "path" (below CORPUS/files) and "line"; prints a table
    evaluate(hits, labels)         for the harness: hits are (path, line) pairs"""
import collections
import json
import pathlib
import sys


def read_labels(corpus):
    with open(pathlib.Path(corpus) / "labels.jsonl") as f:
        return [json.loads(line) for line in f]


def score(tp, fp, fn):
    precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
    return {"precision": round(precision, 4), "recall": round(recall, 4),
            "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4), "tp": tp, "fp": fp, "fn": fn}


def evaluate(hits, labels, files=None):
    """{"all", "tune", "holdout": {precision, recall, f1, tp, fp, fn, categories: {name: {found, of, false}}}}. `labels`: rows, or the
    corpus' folder. Reports in files that the labels do not name are taken for tuning files, unless `files` maps them to holdout."""
    rows = read_labels(labels) if isinstance(labels, (str, pathlib.Path)) else list(labels)
    part = {row["path"]: row["holdout"] for row in rows}
    part.update(files or {})
    truth = {(row["path"], row["line"]): row for row in rows}
    hits = {(str(path), int(line)) for path, line in hits}
    result = {}
    for name, wanted in (("all", (True, False)), ("tune", (False,)), ("holdout", (True,))):
        mine = {k: v for k, v in truth.items() if v["holdout"] in wanted}
        reported = {h for h in hits if part.get(h[0], False) in wanted}
        true = {k for k, v in mine.items() if v["label"]}
        categories = collections.defaultdict(lambda: {"found": 0, "of": 0, "false": 0})
        for k, v in mine.items():
            c = categories[v["category"]]
            c["of"] += v["label"]
            c["found"] += v["label"] and k in reported
            c["false"] += not v["label"] and k in reported
        result[name] = score(len(true & reported), len(reported - true), len(true - reported))
        result[name]["categories"] = {k: dict(v) for k, v in sorted(categories.items())}
    return result


def show(result):
    for name, r in result.items():
        print(f"{name:8} P {r['precision']:.3f}  R {r['recall']:.3f}  F1 {r['f1']:.3f}   ({r['tp']} found, {r['fp']} false, {r['fn']} missed)")
        print("         " + ", ".join(f"{k} {c['found']}/{c['of']}" + (f" +{c['false']} false" if c["false"] else "") for k, c in r["categories"].items()))


def main():
    corpus, hits = sys.argv[1:3]
    with open(hits) as f:
        rows = [json.loads(line) for line in f if line.strip()]
    show(evaluate(((row["path"], row["line"]) for row in rows), corpus))


if __name__ == "__main__":
    main()
