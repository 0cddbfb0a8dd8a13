#!/usr/bin/env python3
"""The same corpus with other scanners, where they install (pip install picklescan modelscan fickling modelaudit). Run it with the Python
that has them. Two thresholds each: alarm (their own word for bad), and warning or alarm.
Usage: evaluate_peers.py CORPUS [NAME…]"""
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile


def picklescan(paths):
    from picklescan.scanner import SafetyLevel, scan_file_path
    for p in paths:
        try:
            r = scan_file_path(str(p))
            level = 2 if r.issues_count or r.infected_files else 1 if r.scan_err or any(g.safety == SafetyLevel.Suspicious for g in r.globals) else 0
        except Exception:
            level = 1
        yield level


def modelscan(paths):
    from modelscan.modelscan import ModelScan
    for p in paths:
        try:
            scan = ModelScan()
            r = scan.scan(str(p))
            bad = [x for x in r["issues"] if x["severity"] in ("HIGH", "CRITICAL")]
            yield 2 if bad else 1 if r["issues"] or r["errors"] or r["summary"]["skipped"]["total_skipped"] else 0
        except Exception:
            yield 1


def fickling(paths):
    from fickling.analysis import Severity, check_safety
    from fickling.fickle import StackedPickle
    for p in paths:
        level = 0
        try:
            with open(p, "rb") as f:
                for one in StackedPickle.load(f):
                    r = check_safety(one).severity
                    level = max(level, 2 if r >= Severity.LIKELY_UNSAFE else 1 if r > Severity.LIKELY_SAFE else 0)
        except Exception:
            level = max(level, 1)
        yield level


def modelaudit(paths):
    exe = pathlib.Path(sys.executable).parent / "modelaudit"
    root = pathlib.Path(paths[0])
    while root.name != "files":
        root = root.parent
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run([exe, "scan", "--format", "json", "--output", out.name, "--timeout", "600", str(root)], capture_output=True, check=False)
        report = json.load(open(out.name))
    worst = {}
    for x in report.get("issues", []):
        name = str(x.get("location") or "").split(":")[0].split(" (")[0]
        level = {"critical": 2, "error": 2, "warning": 1}.get(x["severity"], 0)
        worst[name] = max(level, worst.get(name, 0))
    for p in paths:
        yield max((v for k, v in worst.items() if k == str(p) or k.startswith(str(p))), default=0)


def main():
    corpus = pathlib.Path(sys.argv[1]).resolve()
    cases = [json.loads(line) for line in open(corpus / "labels.jsonl")]
    paths = [corpus / "files" / c["file"] for c in cases]
    for peer in (picklescan, modelscan, fickling, modelaudit):
        if len(sys.argv) > 2 and peer.__name__ not in sys.argv[2:]:
            continue
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                levels = list(peer(paths))
        except Exception as e:  # a peer that is not there, or that broke
            print(f"{peer.__name__}: not run ({type(e).__name__}: {e})"[:150])
            continue
        bad = [v for c, v in zip(cases, levels) if c["label"] == "malicious"]
        good = [v for c, v in zip(cases, levels) if c["label"] == "benign"]
        print(f"{peer.__name__:12} malicious {len(bad)}: alarm {sum(v == 2 for v in bad)} ({100 * sum(v == 2 for v in bad) / len(bad):.1f} %), warned "
              f"{sum(v >= 1 for v in bad)} ({100 * sum(v >= 1 for v in bad) / len(bad):.1f} %) | benign {len(good)}: alarm {sum(v == 2 for v in good)} "
              f"({100 * sum(v == 2 for v in good) / len(good):.1f} %), warned {sum(v >= 1 for v in good)} ({100 * sum(v >= 1 for v in good) / len(good):.1f} %)", flush=True)


if __name__ == "__main__":
    main()
