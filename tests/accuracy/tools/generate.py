#!/usr/bin/env python3
"""Writes the labelled corpus of tools. usage: generate.py OUTDIR

OUTDIR/labels.jsonl has a line per tool: {"path", "actions", "holdout"}; OUTDIR/files/PATH is the tool as JSON: name, description,
server, params, calls. cases.txt was written, and its labels set, before the rows were tuned; every third case is of the holdout,
whose single answers were not looked at while tuning.
"""
import json
import pathlib
import sys

ACTIONS = {"r": "read", "rp": "read_private", "ru": "read_untrusted", "w": "write", "d": "delete", "p": "pay", "m": "message",
           "x": "execute", "n": "network", "i": "identity", "dep": "deploy"}


def cases():
    number = 0
    for line in (pathlib.Path(__file__).parent / "cases.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, server, params, calls, description, actions = (field.strip() for field in line.split("|"))
        tool = {"name": name, "description": description, "server": server,
                "params": [dict(zip(("name", "type"), p.split(":"))) for p in params.split(",") if p],
                "calls": [c.strip() for c in calls.split(" ; ") if c.strip()]}
        yield f"t{number:03}.json", tool, sorted(ACTIONS[a] for a in actions.split()), number % 3 == 2
        number += 1


def main():
    out = pathlib.Path(sys.argv[1])
    (out / "files").mkdir(parents=True, exist_ok=True)
    with open(out / "labels.jsonl", "w", encoding="utf-8") as labels:
        for path, tool, actions, holdout in cases():
            (out / "files" / path).write_text(json.dumps(tool) + "\n", encoding="utf-8")
            labels.write(json.dumps({"path": path, "actions": actions, "holdout": holdout}) + "\n")


if __name__ == "__main__":
    main()
