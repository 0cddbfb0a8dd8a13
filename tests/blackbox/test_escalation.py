"""Ways by which one principal of AWS becomes another: each of pathfinding.cloud's 65 is found, and no harmless twin of one (escalation_cases.py)."""
import escalation_cases
import pytest
from conftest import Aisp


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("escalation")
    cases = escalation_cases.write(folder / "cases")
    aisp = Aisp(folder)
    aisp.scan(folder / "cases")
    rows = aisp.sql("SELECT s.id AS attacker, r.node AS got FROM node s CROSS JOIN reach(s.ref, 'act') r WHERE s.id LIKE '%/attacker' AND s.kind IN ('user', 'role')")
    got = {}
    for row in rows:
        got.setdefault(row["attacker"], set()).add(row["got"])
    return cases, got


def reached(case, got):
    """What shows the way: the target, or a form of it or of the attacker that has more."""
    path, twin, attacker, target, kind, weak = case
    mine = got.get(attacker, set())
    if kind == escalation_cases.SELF:
        return any(g.startswith(attacker + "#") for g in mine)
    return any(g.startswith(target + "#") for g in mine) if weak else target in mine


@pytest.mark.parametrize("path", sorted(escalation_cases.PATHS))
def test_found_where_it_is_open_and_nowhere_else(found, path):
    cases, got = found
    mine = [c for c in cases if c[0] == path]
    assert len(mine) >= 2
    wrong = [c[1] for c in mine if reached(c, got) != (c[1] == "open")]
    assert wrong == []
