"""A git repository with a real history of made-up edits of real files, for the history bench. usage: history.py SOURCES TARGET.git

SOURCES: a folder of text files (Python's library). 3,000 commits on two branches, each changing up to eight files the way people do:
lines are taken out, doubled, changed. Written with git fast-import, then packed as a server would pack it. Some commits bring a
made-up credential and a later one takes it away again."""
import pathlib
import random
import subprocess
import sys

COMMITS, FILES = 3000, 1200


def secret(rng):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(rng.choice(letters) for _ in range(40))


def edit(rng, lines):
    for _ in range(rng.randint(1, 6)):
        if not lines:
            break
        at = rng.randrange(len(lines))
        kind = rng.random()
        if kind < 0.3:
            del lines[at]
        elif kind < 0.6:
            lines.insert(at, lines[rng.randrange(len(lines))])
        else:
            lines[at] = lines[at].replace("self", "this", 1) + f"  # {rng.randrange(10**6)}"
    if rng.random() < 0.02:
        lines.append(f'api_token = "{secret(rng)}"')


def main():
    source, target = pathlib.Path(sys.argv[1]), sys.argv[2]
    rng = random.Random(7)
    names = sorted(p for p in source.rglob("*.py") if p.is_file() and 200 < p.stat().st_size < 400_000)[:FILES]
    files = {str(p.relative_to(source)): p.read_text(errors="replace").split("\n") for p in names}
    subprocess.run(["git", "init", "-q", "--bare", target], check=True)
    git = subprocess.Popen(["git", "--git-dir", target, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    out = git.stdin
    for n in range(COMMITS):
        branch = "refs/heads/main" if n % 10 else "refs/heads/topic"
        changed = list(files) if n == 0 else rng.sample(sorted(files), rng.randint(1, 8))
        message = f"change {n}".encode()
        out.write(b"commit %s\nmark :%d\ncommitter A Person <person@example.com> %d +0000\ndata %d\n%s\n" %
                  (branch.encode(), n + 1, 1_600_000_000 + n * 3600, len(message), message))
        if n:
            out.write(b"from :%d\n" % n)
        for name in changed:
            if n:
                edit(rng, files[name])
            data = "\n".join(files[name]).encode()
            out.write(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data))
    out.close()
    if git.wait():
        sys.exit("git fast-import failed")
    subprocess.run(["git", "--git-dir", target, "gc", "--quiet", "--aggressive", "--prune=now"], check=True)


main()
