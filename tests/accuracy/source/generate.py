#!/usr/bin/env python3
"""Writes the labelled corpus of scan/source: generate.py OUTDIR -> OUTDIR/files/<project>/…, OUTDIR/labels.jsonl

The cases are in cases/*.txt:

    === name [holdout]          a project; "n-…" holds no AI
    --- path                    a file, to the next line that begins with ---, ! or ===
    ! path | kind | provider or framework | value

Kinds: model (value: its name, or env:NAME when an environment variable says it), agent (value empty), tool (value: its name as the
model sees it), store (value: collection, empty when the code names none). A holdout project was written before the scanner read its
language and nothing was changed for it.
"""
import json
import pathlib
import sys


def cases(text):
    project = path = None
    for line in text.split("\n"):
        if line.startswith("=== "):
            parts = line[4:].split()
            project = {"name": parts[0], "holdout": "holdout" in parts[1:], "files": {}, "labels": []}
            path = None
            yield project
        elif line.startswith("--- "):
            path = line[4:].strip()
            project["files"][path] = []
        elif line.startswith("! "):
            fields = [f.strip() for f in line[2:].split("|")]
            project["labels"].append(dict(zip(("path", "kind", "what", "value"), fields)))
            path = None
        elif path is not None:
            project["files"][path].append(line)


def main():
    out = pathlib.Path(sys.argv[1])
    here = pathlib.Path(__file__).parent / "cases"
    (out / "files").mkdir(parents=True, exist_ok=True)
    with open(out / "labels.jsonl", "w", encoding="utf-8") as labels:
        for source in sorted(here.glob("*.txt")):
            for p in list(cases(source.read_text(encoding="utf-8"))):
                for path, lines in p["files"].items():
                    f = out / "files" / p["name"] / path
                    f.parent.mkdir(parents=True, exist_ok=True)
                    f.write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")
                json.dump({"project": p["name"], "language": source.stem, "holdout": p["holdout"], "labels": p["labels"]}, labels)
                labels.write("\n")


if __name__ == "__main__":
    main()
