#!/usr/bin/env python3
"""Precision and recall of scan/source over the corpus that generate.py writes.

    evaluate.py OUTDIR HITS.jsonl [--all]

HITS.jsonl: one hit a line as inspect_source prints it: {"project", "path", "kind", "what", "name", "value_is", "value", "env"}.
A hit counts as right when (project, path, kind, value) is labelled; provider and framework are compared too and reported apart.
Prints one JSON object: precision, recall, f1, the same of the holdout part, by kind, by language.
"""
import collections
import json
import pathlib
import sys

KINDS = ("model", "agent", "tool", "store")


def value_of(hit):
    kind = hit["kind"]
    if kind == "tool":
        return hit.get("name") or hit.get("symbol", "").split(".")[-1].split("~")[0]  # a ready-made tool is known by its class
    if kind == "agent":
        return ""
    if hit.get("value_is") == "env":
        return "env:" + hit.get("env", "")
    return hit.get("value", "") if hit.get("value_is") == "literal" else ""


def ratio(a, b):
    return round(a / b, 4) if b else 1.0


def scores(want, got):
    right = len(want & got)
    p, r = ratio(right, len(got)), ratio(right, len(want))
    return {"precision": p, "recall": r, "f1": round(2 * p * r / (p + r), 4) if p + r else 0.0, "labels": len(want), "hits": len(got)}


def main():
    out = pathlib.Path(sys.argv[1])
    projects = [json.loads(l) for l in open(out / "labels.jsonl", encoding="utf-8")]
    language = {p["project"]: p["language"] for p in projects}
    holdout = {p["project"] for p in projects if p["holdout"]}
    want, whats = set(), {}
    for p in projects:
        for l in p["labels"]:
            key = (p["project"], l["path"], l["kind"], l["value"])
            want.add(key)
            whats.setdefault(key, set()).add(l["what"])
    got, said = set(), {}
    for line in open(sys.argv[2], encoding="utf-8"):
        h = json.loads(line)
        if h["kind"] not in KINDS:
            continue
        key = (pathlib.PurePath(h["project"]).name, h["path"], h["kind"], value_of(h))
        got.add(key)
        said.setdefault(key, set()).add(h["what"])
    report = scores(want, got)
    report["holdout"] = scores({k for k in want if k[0] in holdout}, {k for k in got if k[0] in holdout})
    report["by_kind"] = {k: scores({w for w in want if w[2] == k}, {g for g in got if g[2] == k}) for k in KINDS}
    report["by_language"] = {
        n: scores({w for w in want if language[w[0]] == n}, {g for g in got if language.get(g[0]) == n}) for n in sorted(set(language.values()))}
    right = want & got
    report["what_right"] = ratio(sum(1 for k in right if whats[k] & said[k]), len(right))
    if "--all" in sys.argv:
        report["missed"] = sorted(map(list, want - got))
        report["wrong"] = sorted(map(list, got - want))
        report["what_wrong"] = [[*k, sorted(said[k])] for k in sorted(right) if not whats[k] & said[k]]
    counts = collections.Counter("benign" if not p["labels"] else "positive" for p in projects)
    report["projects"] = dict(counts)
    json.dump(report, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
