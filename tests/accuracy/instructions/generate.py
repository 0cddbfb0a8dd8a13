#!/usr/bin/env python3
"""Writes the labelled corpus for the instruction scanner. usage: generate.py OUTDIR

OUTDIR/files/… and OUTDIR/labels.jsonl: {"path", "role", "label", "rule", "line", "holdout"}. The role goes with the path, for
the same text is judged differently as data and as an instruction file. Every third case is of the holdout, which was
written before tuning and not looked at while tuning.
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
import benign  # noqa: E402
import later  # noqa: E402
import malicious  # noqa: E402
import structure  # noqa: E402

CARRIED = ("# Parser", "A small parser", "## Install", "pip install", "## Licence", "MIT", "<html>", "From:", "Subject:", "Hello,",
           "please find", "Best regards", "Lena", "# AGENTS.md", "- Run `make test`", "- Use tabs", "- Keep functions", "You are an expert",
           "- Prefer functional", "- Use descriptive", "---", "name:", "description:", "# PDF", "Then call")


def first_line(text):
    """The line where the payload begins: the first that is none of the carrier's."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.startswith(CARRIED) and "pip install" not in line:
            return number
    return 1


def main():
    out = pathlib.Path(sys.argv[1])
    rows = [("malicious", p, role, rule, text) for p, role, rule, text in malicious.CASES]
    rows += [("benign", p, role, "", text) for p, role, text in benign.CASES]
    early = len(rows)
    rows += [("malicious", f"later.{'md' if role != 'tool' else 'txt'}", role, "override", "# Notes\n\n" * (role != "tool") + text + "\n") for role, text in later.CASES]
    new = len(rows)
    rows += [("malicious", "structure.txt", role, "", text) for role, text in structure.ATTACKS] + [("benign", "structure.txt", role, "", text) for role, text in structure.FINE]
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "labels.jsonl", "w") as labels:
        for number, (label, path, role, rule, text) in enumerate(rows):
            path = f"{label[0]}{number:03}/{path}"
            file = out / "files" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode("utf-8", "surrogatepass"))
            row = {"path": path, "role": role, "label": label, "rule": rule, "line": first_line(text) if rule else 0,
                   "holdout": number % 3 == 2 and number < early, "part": "structure" if number >= new else ""}
            labels.write(json.dumps(row) + "\n")


main()
