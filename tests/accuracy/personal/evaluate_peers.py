#!/usr/bin/env python3
"""Presidio's recognisers that need no language model on the texts of the corpus. Run it with the Python that has presidio-analyzer.
Usage: evaluate_peers.py CORPUS    A place is a line; only the classes that Presidio has are compared. Prints one JSON object."""
import json
import logging
import pathlib
import sys

from presidio_analyzer import RecognizerRegistry

CLASSES = {"EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone", "CREDIT_CARD": "payment_card", "IBAN_CODE": "bank_account", "US_BANK_NUMBER": "bank_account",
           "IP_ADDRESS": "ip_address", "MAC_ADDRESS": "device_id"}
OTHER = {"URL", "CRYPTO", "DATE_TIME", "LOCATION", "PERSON", "NRP", "ORGANIZATION", "MEDICAL_LICENSE", "ABA_ROUTING_NUMBER"}


def figures(want, got):
    tp, fp, fn = len(want & got), len(got - want), len(want - got)
    p, r = tp / (tp + fp) if tp + fp else 0.0, tp / (tp + fn) if tp + fn else 0.0
    return {"precision": round(p, 4), "recall": round(r, 4), "f1": round(2 * p * r / (p + r), 4) if p + r else 0.0}


def main():
    logging.disable(logging.CRITICAL)
    corpus = pathlib.Path(sys.argv[1])
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    recognisers = [r for r in registry.recognizers if "Spacy" not in type(r).__name__ and "Stanza" not in type(r).__name__]
    labels = [json.loads(line) for line in (corpus / "labels.jsonl").open(encoding="utf-8")]
    labels = [x for x in labels if x["holdout"] and x["path"].startswith("text")]
    lines = {p: (corpus / "files" / p).read_text(encoding="utf-8").split("\n") for p in {x["path"] for x in labels}}
    classes = set(CLASSES.values()) | {"national_id"}
    want, got = set(), set()
    for x in labels:
        place = (x["path"], x["line"])
        if x["class"] in classes:
            want.add((place, x["class"]))
        text = lines[x["path"]][x["line"] - 1]
        for r in recognisers:
            try:
                found = r.analyze(text, r.supported_entities, None) or []
            except Exception:
                continue
            for f in found:
                if f.score >= 0.4 and f.entity_type not in OTHER:
                    got.add((place, CLASSES.get(f.entity_type, "national_id")))
    json.dump(figures(want, got), sys.stdout)


if __name__ == "__main__":
    main()
