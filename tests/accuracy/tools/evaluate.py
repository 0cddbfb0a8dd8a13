#!/usr/bin/env python3
"""Micro precision, recall and F1 over (tool, action). usage: evaluate.py CORPUS INSPECT_TOOLS [--show]

CORPUS is what generate.py wrote, INSPECT_TOOLS the program built from tests/unit/scan_tools. --show names the wrong answers of
the tuning part; those of the holdout are never shown.
"""
import collections
import json
import pathlib
import subprocess
import sys


def figures(rows):
    tp, fp, fn = (sum(len(f(set(want), set(got))) for want, got in rows)
                  for f in (lambda w, g: w & g, lambda w, g: g - w, lambda w, g: w - g))
    precision, recall = tp / max(tp + fp, 1), tp / max(tp + fn, 1)
    return {"tools": len(rows), "tp": tp, "fp": fp, "fn": fn, "precision": round(precision, 4), "recall": round(recall, 4),
            "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4)}


def main():
    corpus = pathlib.Path(sys.argv[1])
    labels = [json.loads(line) for line in open(corpus / "labels.jsonl", encoding="utf-8")]
    tools = [(corpus / "files" / label["path"]).read_text(encoding="utf-8") for label in labels]
    done = subprocess.run([sys.argv[2]], input="".join(tools), capture_output=True, text=True, check=True)
    parts = collections.defaultdict(list)
    for label, tool, line in zip(labels, tools, done.stdout.splitlines(), strict=True):
        got = json.loads(line)
        for part in ("all", "holdout" if label["holdout"] else "tuning"):
            parts[part].append((label["actions"], got["actions"]))
        if "--show" in sys.argv and not label["holdout"] and set(got["actions"]) != set(label["actions"]):
            print(json.loads(tool)["name"], "+", sorted(set(got["actions"]) - set(label["actions"])), "-",
                  sorted(set(label["actions"]) - set(got["actions"])),
                  [(r["row"], r["because"]) for r in got["reasons"] if r["action"] not in label["actions"]])
    print(json.dumps({part: figures(rows) for part, rows in parts.items()}, indent=1))


if __name__ == "__main__":
    main()
