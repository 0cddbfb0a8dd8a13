#!/usr/bin/env python3
"""Precision, recall and F1 over texts: a text is an alarm when it has a hit of medium or above.
usage: evaluate.py CORPUS INSPECT_INSTRUCTIONS [--show]

CORPUS is what generate.py wrote, INSPECT_INSTRUCTIONS the program built from tests/unit/scan_instructions. --show names the wrong
answers of the tuning part; those of the holdout are never shown. "line" is the part of the found ones whose line was named.
"""
import collections
import json
import pathlib
import subprocess
import sys

ALARM = {"medium", "high", "critical"}


def figures(rows):
    tp = sum(bad and alarm for bad, alarm, _ in rows)
    fp = sum(alarm and not bad for bad, alarm, _ in rows)
    fn = sum(bad and not alarm for bad, alarm, _ in rows)
    precision, recall = tp / max(tp + fp, 1), tp / max(tp + fn, 1)
    return {"texts": len(rows), "tp": tp, "fp": fp, "fn": fn, "precision": round(precision, 4), "recall": round(recall, 4),
            "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4), "line": sum(bad and alarm and line for bad, alarm, line in rows)}


def main():
    corpus = pathlib.Path(sys.argv[1])
    labels = [json.loads(line) for line in open(corpus / "labels.jsonl", encoding="utf-8")]
    asked = "".join(f"{label['role']}\t{label['path']}\t{corpus / 'files' / label['path']}\n" for label in labels)
    done = subprocess.run([sys.argv[2]], input=asked, capture_output=True, text=True, check=True)
    hits, parts = collections.defaultdict(list), collections.defaultdict(list)
    for line in done.stdout.splitlines():
        hit = json.loads(line)
        hits[hit["path"]].append(hit)
    for label in labels:
        found = [h for h in hits[label["path"]] if h["severity"] in ALARM]
        bad, alarm = label["label"] == "malicious", bool(found)
        near = any(h["line"] - 1 <= label["line"] <= h["end_line"] + 1 for h in found)
        for part in ("all", label["part"] or ("holdout" if label["holdout"] else "tuning")):
            parts[part].append((bad, alarm, near))
        if "--show" in sys.argv and not label["holdout"] and not label["part"] and bad != alarm:
            print(label["label"], label["path"], label["role"], label["rule"],
                  [(h["rule"], h["severity"], h["excerpt"][:90]) for h in hits[label["path"]]])
    print(json.dumps({part: figures(rows) for part, rows in parts.items()}, indent=1))


if __name__ == "__main__":
    main()
