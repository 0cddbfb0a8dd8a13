#!/usr/bin/env python3
"""Writes a capture of an invented large server: big.py DIR [ROLES [TABLES]]. For timing the engine and the graph."""
import json
import os
import random
import sys

HEAD = {
    "server": "version_num version in_recovery database ssl password_encryption", "databases": "oid name owner is_template allows acl",
    "roles": "oid name super inherit createrole createdb login replication bypassrls connections valid_until",
    "members": "role member grantor admin inherit set", "schemas": "oid name owner acl system",
    "tables": "oid name schema owner kind acl rls force tuples invoker", "columns": "table num name type_oid type acl dimension",
    "functions": "oid name schema owner definer kind acl arguments language extension", "policies": "table name cmd permissive roles using check",
    "inherits": "parent child", "view_reads": "view table columns", "view_calls": "view function",
}


def main():
    folder, n_roles, n_tables = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000, int(sys.argv[3]) if len(sys.argv) > 3 else 20000
    rnd = random.Random(1)
    os.makedirs(folder, exist_ok=True)
    rows = {k: [] for k in HEAD}
    rows["server"] = [["160003", "16.3", "f", "big", "on", "scram-sha-256"]]
    rows["databases"] = [["5", "big", "10", "f", "t", None]]
    rows["roles"] = [["10", "postgres", "t", "t", "t", "t", "t", "t", "t", "-1", None], ["6181", "pg_read_all_data", "f", "t", "f", "f", "f", "f", "f", "-1", None]]
    groups = ["g%d" % i for i in range(n_roles // 10)]
    names = groups + ["u%d" % i for i in range(n_roles - len(groups))]
    oid = {n: str(20000 + i) for i, n in enumerate(names)}
    for n in names:
        rows["roles"].append([oid[n], n, "f", "t", "f", "f", "t" if n[0] == "u" else "f", "f", "f", "-1", None])
    for n in names:
        for g in rnd.sample(groups, 3):
            if n != g and (n[0] == "u" or int(g[1:]) < int(n[1:])):
                how = rnd.random()
                rows["members"].append([oid[g], oid[n], "10", "f", "f" if how < 0.1 else "t", "f" if how > 0.95 else "t"])
    for s in range(20):
        rows["schemas"].append([str(50000 + s), "s%02d" % s, "10", "{postgres=UC/postgres,=U/postgres}" if s % 2 else "{postgres=UC/postgres,%s}" % ",".join("%s=U/postgres" % g for g in groups[s::20]), "f"])
    rows["schemas"].sort(key=lambda r: r[1])
    for t in range(n_tables):
        who = rnd.sample(groups if t % 2 else groups[t % 20::20], 3) + rnd.sample(names, 1)
        acl = "{postgres=arwdDxt/postgres," + ",".join("%s=%s/postgres" % (w, rnd.choice(["r", "arw", "arwd"])) for w in who) + (",=r/postgres" if t % 50 == 0 else "") + "}"
        rls = t % 40 == 0
        rows["tables"].append([str(100000 + t), "t%05d" % t, str(50000 + t % 20), "10", "r", acl, "t" if rls else "f", "f", "1000", None])
        for c in range(10):
            rows["columns"].append([str(100000 + t), str(c + 1), "c%d" % c, "25", "text", "{%s=r/postgres}" % rnd.choice(names) if c == 3 and t % 100 == 0 else None, None])
        if rls:
            rows["policies"].append([str(100000 + t), "p", "*", "t", "{0}", "(owner = CURRENT_USER)", None])
            rows["policies"].append([str(100000 + t), "q", "r", "t", "{%s}" % oid[rnd.choice(groups)], "(id > 3)", None])
    for k, head in HEAD.items():
        with open("%s/%s.ndjson" % (folder, k), "w") as f:
            for r in [head.split()] + rows[k]:
                f.write(json.dumps(r) + "\n")
    with open(folder + "/capture.json", "w") as f:
        json.dump({"format": "aisp-capture", "version": 1, "kind": "postgres", "target": "postgres://big:5432/big", "host": "big", "port": "5432", "database": "big",
                   "server_version": 160003, "sampled": False, "also_known_as": [], "gaps": []}, f)


main()
