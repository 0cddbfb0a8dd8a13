#!/usr/bin/env python3
"""Scans the corpus and prints how many malicious files are high or above, and how many harmless ones are high or medium.
Usage: evaluate.py CORPUS SCANNER [--all] [--misses] [--json FILE]. SCANNER is the program inspect_model (names on its input, JSON lines
out). Without --all, misses of held-out cases are counted but never named."""
import collections
import json
import pathlib
import subprocess
import sys

ORDER = ["", "info", "low", "medium", "high", "critical"]


def main():
    corpus, scanner = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    cases = [json.loads(line) for line in open(corpus / "labels.jsonl")]
    names = "\n".join(str(corpus / "files" / c["file"]) for c in cases)
    out = subprocess.run([scanner], input=names, capture_output=True, text=True, check=True)
    found = {}
    for line in out.stdout.splitlines():
        d = json.loads(line)
        found[str(pathlib.Path(d["file"]).relative_to(corpus / "files"))] = d
    tables = collections.defaultdict(collections.Counter)
    misses = []
    for c in cases:
        d = found.get(c["file"], {"worst": "", "state": "lost", "format": "?"})
        level = ORDER.index(d["worst"])
        for group in ("all", "held out" if c["holdout"] else "tuning", c["kind"].split(":")[0]):
            t = tables[group]
            t[c["label"]] += 1
            if c["label"] == "malicious":
                t["caught"] += level >= 4
                t["called clean"] += level < 4 and d["state"] in ("clean", "none", "lost")
                miss = level < 4
            else:
                t["false high"] += level >= 4
                t["false medium"] += level == 3
                miss = level >= 3
        if miss and ("--all" in sys.argv or not c["holdout"]):
            misses.append((c["label"], c["file"], d["format"], d["state"], d["worst"],
                           [(i["rule"], i["what"][:60]) for i in d.get("issues", [])[:2]], d.get("partial", "")[:60]))
    if "--misses" in sys.argv:
        for m in misses:
            print(*m)
    for group, t in sorted(tables.items()):
        m, b = t["malicious"], t["benign"]
        print(f"{group:12} malicious {t['caught']:4}/{m:<4} high" + (f" ({100 * t['caught'] / m:5.1f} %)" if m else "") +
              f", called clean {t['called clean']:3} | benign {b:4}: high {t['false high']:3}, medium {t['false medium']:3}")
    t = tables["all"]
    if "--json" in sys.argv:
        with open(sys.argv[sys.argv.index("--json") + 1], "w") as f:
            json.dump({"model.recall": t["caught"] / max(1, t["malicious"]), "model.false_high": t["false high"] / max(1, t["benign"]),
                       "model.false_medium": t["false medium"] / max(1, t["benign"])}, f)


if __name__ == "__main__":
    main()
