#!/usr/bin/env python3
"""Checks the labels: every case that says it runs ("runs": true) is really loaded, each in a process and an empty folder of its own, and
must leave the marker there. Only those are loaded, and their markers are harmless.
Usage: verify.py CORPUS"""
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

LOADERS = {
    "pickle": "pickle.load(f)",
    "pickles": "[pickle.load(f) for _ in range(9)]",
    "gzip": "pickle.loads(gzip.decompress(f.read()))",
    "bz2": "pickle.loads(bz2.decompress(f.read()))",
    "xz": "pickle.loads(lzma.decompress(f.read()))",
    "zlib": "pickle.loads(zlib.decompress(f.read()))",
    "npy": "(f.seek(8), f.seek(10 + int.from_bytes(f.read(2), 'little')), pickle.load(f))",
}


def ran(path, load):
    code = f"import pickle, gzip, bz2, lzma, zlib, sys\nf = open({str(path)!r}, 'rb')\n{LOADERS[load]}\n"
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=folder, timeout=20, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, start_new_session=True)
        except subprocess.TimeoutExpired:
            pass
        for _ in range(20):
            if (pathlib.Path(folder) / "aisp-ran").exists():
                return True
            import time
            time.sleep(0.05)
        return False


def main():
    corpus = pathlib.Path(sys.argv[1]).resolve()
    cases = [json.loads(line) for line in open(corpus / "labels.jsonl")]
    claimed = [c for c in cases if c.get("runs")]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda c: ran(corpus / "files" / c["file"], c["load"]), claimed))
    wrong = [c["file"] for c, ok in zip(claimed, results) if not ok]
    print(f"{len(claimed)} cases say that they run; {len(claimed) - len(wrong)} did")
    for name in wrong:
        print("did not run:", name)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
