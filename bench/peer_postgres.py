#!/usr/bin/env python3
"""Peer: PostgreSQL 15 with a recursive query, in a cluster of its own. Reads a graph that bench_reach --dump wrote; asks
for what some of its actors reach, on the graph without modes, and scales the time to all of them. Prints one JSON object."""
import array
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/lib"))
try:
    from pgcluster import Cluster, versions
    if 15 not in versions():
        sys.exit("no /usr/lib/postgresql/15/bin (apt-get install postgresql-15)")
except ImportError as e:
    sys.exit(f"tests/lib/pgcluster.py does not import: {e}")

ASKED = 4
QUERY = """WITH RECURSIVE r(n) AS (SELECT %s::int UNION SELECT e.t FROM r JOIN e ON e.f = r.n) SELECT count(*) FROM r"""

with open(sys.argv[1], "rb") as f:
    head = array.array("I")
    head.fromfile(f, 3)
    nodes, edges, n_actors = head
    actors = array.array("I")
    actors.fromfile(f, n_actors)
    flat = array.array("I")
    flat.fromfile(f, edges * 2)
with Cluster(15) as cluster, cluster.conn("postgres") as conn, conn.cursor() as cur:
    cur.execute("CREATE UNLOGGED TABLE e (f int, t int)")
    started = time.monotonic()
    with cur.copy("COPY e FROM STDIN") as copy:
        step = 200000
        for at in range(0, len(flat), step):
            part = flat[at:at + step]
            copy.write("".join(f"{a}\t{b}\n" for a, b in zip(part[0::2], part[1::2])))
    cur.execute("CREATE INDEX ON e (f, t)")
    cur.execute("VACUUM ANALYZE e")
    built = time.monotonic()
    reached = 0
    for a in actors[:ASKED]:
        cur.execute(QUERY % a)
        reached += cur.fetchone()[0]
    done = time.monotonic()
print(json.dumps({"peer": f"PostgreSQL 15 recursive query, one mode ({ASKED} actors, scaled to {n_actors})",
                  "ms": (done - built) * 1000 * n_actors / ASKED, "build_ms": (built - started) * 1000, "reached": reached}))
