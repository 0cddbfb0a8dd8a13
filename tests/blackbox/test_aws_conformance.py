"""Accounts as the command line writes them down, and what AWS' documentation says of them (aws_conformance_cases.py)."""
import pytest
from aws_conformance_cases import CASES
from conftest import Aisp


def condition(edge):
    return edge.get("condition") or "always"


@pytest.mark.parametrize("name,page,world,questions", CASES, ids=[c[0].replace(" ", "-") for c in CASES])
def test_documented(tmp_path, name, page, world, questions):
    aisp = Aisp(tmp_path)
    world.write(tmp_path / "cloud")
    aisp.scan(tmp_path / "cloud")
    for q in questions:
        if q[0] in "+-":
            found = [condition(e) for e in aisp.json("export")["edges"] if (e["from"], e["kind"], e["to"]) == q[1:]]
            assert bool(found) == (q[0] == "+"), (q, found, page)
            continue
        who, what, action, verdict = q
        told = aisp.json("access", "--explain", who, what, action)
        got = told["verdict"]
        if verdict.startswith("if "):
            assert got == "allowed if" and verdict[3:] in told["condition"], (q, got, told["condition"], page)
        else:
            assert got == verdict, (q, got, told.get("condition"), page)
