#!/usr/bin/env python3
"""The access engine against real servers: random set-ups of roles, grants and policies, every decision compared.

    tests/oracle/postgres/run.py --decide build/tests/pg_decide [--count N] [--seed S] [--version 15,16,18]

For each batch of set-ups one database is made at random; the built program captures it (pg_decide --capture) and decides
(pg_decide DIR); the server is asked with has_*_privilege and pg_has_role, and sessions under SET SESSION AUTHORIZATION
really read and delete. Prints "N set-ups, M decisions, D differences" a version; exits 1 if D > 0.
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../lib"))
import pgcluster  # noqa: E402

PRIVS = ["INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "EXECUTE", "USAGE", "CREATE",
         "TEMPORARY", "CONNECT", "SET", "ALTER SYSTEM", "MAINTAIN"]
BIT = {p: 1 << i for i, p in enumerate(PRIVS)}
TABLE_PRIVS = ["INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
COLUMN_PRIVS = ["INSERT", "SELECT", "UPDATE", "REFERENCES"]
PREDEFINED = ["pg_read_all_data", "pg_write_all_data", "pg_monitor", "pg_read_server_files", "pg_execute_server_program"]
SET_UPS_PER_BATCH = 10

READER = r"""
CREATE FUNCTION public.oracle_session(who text[], what oid[], statement text)
RETURNS TABLE (r text, t oid, n bigint, e text) LANGUAGE plpgsql AS $$
DECLARE i int;
BEGIN
  FOR i IN 1 .. cardinality(who) LOOP
    r := who[i]; t := what[i]; n := NULL; e := NULL;
    BEGIN
      EXECUTE format('SET SESSION AUTHORIZATION %I', who[i]);
      IF statement LIKE 'SELECT%' THEN
        EXECUTE format(statement, (SELECT format('%I.%I', x.nspname, c.relname) FROM pg_class c JOIN pg_namespace x ON x.oid = relnamespace WHERE c.oid = what[i])) INTO n;
      ELSE
        EXECUTE format(statement, (SELECT format('%I.%I', x.nspname, c.relname) FROM pg_class c JOIN pg_namespace x ON x.oid = relnamespace WHERE c.oid = what[i]));
        GET DIAGNOSTICS n = ROW_COUNT;
        RAISE EXCEPTION 'undo %', n USING ERRCODE = 'ZZZZZ';
      END IF;
    EXCEPTION WHEN SQLSTATE 'ZZZZZ' THEN NULL;
      WHEN OTHERS THEN e := SQLSTATE || ' ' || SQLERRM;
    END;
    SET SESSION AUTHORIZATION DEFAULT;
    RETURN NEXT;
  END LOOP;
END $$
"""


def q(name):
    return '"' + name.replace('"', '""') + '"'


class World:
    """One batch: a database with several set-ups, made by statements of which some fail, as they should."""

    def __init__(self, cluster, rnd, batch, count):
        self.c, self.rnd, self.batch, self.count = cluster, rnd, batch, count
        self.major = cluster.major
        self.db = "w%d" % batch
        self.roles, self.log = [], []

    def run(self, conn, sql):
        self.log.append(sql)
        try:
            conn.execute(sql)
            return True
        except Exception as e:
            self.log[-1] += "  -- " + str(e).split("\n")[0]
            return False

    def make_roles(self, conn, prefix):
        rnd, names = self.rnd, []
        odd = ["", " x", "-y", 'q"q', "Ü", "A", ",c", "\\b", "{d"]
        for i in range(rnd.randint(4, 8)):
            name = "%sr%d%s" % (prefix, i, rnd.choice(odd) if rnd.random() < 0.2 else "")
            a = ["LOGIN" if rnd.random() < 0.6 else "NOLOGIN", "INHERIT" if rnd.random() < 0.75 else "NOINHERIT"]
            for word, chance in (("SUPERUSER", 0.03), ("BYPASSRLS", 0.08), ("CREATEROLE", 0.08), ("CREATEDB", 0.05)):
                if rnd.random() < chance:
                    a.append(word)
            if self.run(conn, "CREATE ROLE %s %s" % (q(name), " ".join(a))):
                names.append(name)
        for i, name in enumerate(names):
            for other in names[:i]:
                if rnd.random() < 0.3:
                    self.grant_role(conn, other, name)
            if rnd.random() < 0.12:
                self.grant_role(conn, rnd.choice(PREDEFINED), name)
        self.roles += names
        return names

    def grant_role(self, conn, role, member):
        rnd, opts = self.rnd, []
        if self.major >= 16:
            for word in ("INHERIT", "SET", "ADMIN"):
                if rnd.random() < 0.4:
                    opts.append("%s %s" % (word, rnd.choice(["TRUE", "FALSE"])))
        elif rnd.random() < 0.2:
            opts.append("ADMIN OPTION")
        self.run(conn, "GRANT %s TO %s%s" % (q(role), q(member), " WITH " + ", ".join(opts) if opts else ""))
        if self.major >= 16 and rnd.random() < 0.1:  # the same once more by another grantor, with other options
            by = rnd.choice(self.roles or [member])
            self.run(conn, "GRANT %s TO %s WITH SET %s GRANTED BY %s" % (q(role), q(member), rnd.choice(["TRUE", "FALSE"]), q(by)))

    def who(self, names):
        return "PUBLIC" if self.rnd.random() < 0.12 else q(self.rnd.choice(names + ["pg_database_owner"] if self.rnd.random() < 0.08 else names))

    def policies(self, conn, table, names):
        rnd = self.rnd
        exprs = ["owner_name = current_user", "dept = 'a'", "id % 2 = 0", "true", "false", "id < 4 OR dept = 'b'",
                 "dept IN ('a', 'c') AND id > 2", "owner_name = session_user", "length(note) > 3"]
        for i in range(rnd.randint(0, 4)):
            cmd = rnd.choice(["ALL", "ALL", "SELECT", "SELECT", "UPDATE", "DELETE", "INSERT"])
            to = ", ".join({self.who(names) for _ in range(rnd.randint(1, 2))}) if rnd.random() < 0.7 else "PUBLIC"
            sql = "CREATE POLICY p%d ON %s AS %s FOR %s TO %s" % (i, table, "RESTRICTIVE" if rnd.random() < 0.25 else "PERMISSIVE", cmd, to)
            if cmd != "INSERT" and rnd.random() < 0.95:
                sql += " USING (%s)" % rnd.choice(exprs)
            if cmd not in ("SELECT", "DELETE") and rnd.random() < 0.5:
                sql += " WITH CHECK (%s)" % rnd.choice(exprs)
            self.run(conn, sql)

    def grants(self, conn, kind, name, privs, names, columns=None, n=4):
        rnd = self.rnd
        for _ in range(rnd.randint(0, n)):
            what = rnd.choice(privs + ["ALL"]) if rnd.random() < 0.9 else ", ".join(rnd.sample(privs, min(2, len(privs))))
            if columns and rnd.random() < 0.4 and what in COLUMN_PRIVS:
                what += " (%s)" % ", ".join(rnd.sample(columns, rnd.randint(1, 2)))
            option = " WITH GRANT OPTION" if rnd.random() < 0.25 else ""
            actor = rnd.choice(names) if rnd.random() < 0.25 else None
            verb = "REVOKE %s ON %s %s FROM %s CASCADE" % (what, kind, name, self.who(names)) if rnd.random() < 0.15 else \
                "GRANT %s ON %s %s TO %s%s" % (what, kind, name, self.who(names), option)
            if actor:
                self.run(conn, "SET ROLE " + q(actor))
            self.run(conn, verb)
            if actor:
                self.run(conn, "RESET ROLE")

    def make_schema(self, conn, name, names):
        rnd = self.rnd
        self.run(conn, "CREATE SCHEMA %s AUTHORIZATION %s" % (name, q(rnd.choice(names))))
        self.grants(conn, "SCHEMA", name, ["USAGE", "USAGE", "CREATE"], names, n=5)
        if rnd.random() < 0.25:
            self.run(conn, "ALTER DEFAULT PRIVILEGES%s IN SCHEMA %s GRANT %s ON TABLES TO %s" % (
                " FOR ROLE " + q(rnd.choice(names)) if rnd.random() < 0.6 else "", name, rnd.choice(["SELECT", "INSERT, UPDATE", "ALL"]), self.who(names)))
        relations = []
        for i in range(rnd.randint(2, 4)):
            t = "%s.t%d" % (name, i)
            creator = q(rnd.choice(names)) if rnd.random() < 0.3 else None
            if creator:
                self.run(conn, "SET ROLE " + creator)
            ok = self.run(conn, "CREATE TABLE %s (id int, owner_name text, dept text, note text)" % t)
            if creator:
                self.run(conn, "RESET ROLE")
                ok = ok or self.run(conn, "CREATE TABLE %s (id int, owner_name text, dept text, note text)" % t)
            if not ok:
                continue
            for k in range(6):
                self.run(conn, "INSERT INTO %s VALUES (%d, '%s', '%s', '%s')" % (
                    t, k, rnd.choice(names).replace("'", "''"), rnd.choice("abc"), "x" * rnd.randint(1, 6)))
            if not creator and rnd.random() < 0.85:
                self.run(conn, "ALTER TABLE %s OWNER TO %s" % (t, q(rnd.choice(names))))
            if rnd.random() < 0.5:
                self.run(conn, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY" % t)
                if rnd.random() < 0.3:
                    self.run(conn, "ALTER TABLE %s FORCE ROW LEVEL SECURITY" % t)
                self.policies(conn, t, names)
            self.grants(conn, "TABLE", t, TABLE_PRIVS + ["SELECT"] * 4, names, ["id", "owner_name", "dept", "note"], n=6)
            relations.append(t)
        for i in range(rnd.randint(0, 3)):
            if not relations:
                break
            self.make_view(conn, "%s.v%d" % (name, i), relations, names)
            relations.append("%s.v%d" % (name, i))
        if rnd.random() < 0.4:
            f = "%s.f0(int)" % name
            self.run(conn, "CREATE FUNCTION %s RETURNS int LANGUAGE sql %s AS 'SELECT 1'" % (f, rnd.choice(["SECURITY DEFINER", ""])))
            self.run(conn, "ALTER FUNCTION %s OWNER TO %s" % (f, q(rnd.choice(names))))
            if rnd.random() < 0.5:
                self.run(conn, "REVOKE ALL ON FUNCTION %s FROM PUBLIC" % f)
            self.grants(conn, "FUNCTION", f, ["EXECUTE"], names)
        if rnd.random() < 0.1:
            self.run(conn, "ALTER SCHEMA %s OWNER TO %s" % (name, q(rnd.choice(names))))

    def make_view(self, conn, view, relations, names):
        rnd = self.rnd
        a = rnd.choice(relations)
        body = rnd.choice(["SELECT id, dept FROM %s" % a, "SELECT id, dept, note FROM %s WHERE owner_name <> ''" % a if ".t" in a else
                           "SELECT id, dept FROM %s" % a, "SELECT count(*) AS id, 'a'::text AS dept FROM %s" % a,
                           "SELECT x.id, y.dept FROM %s x JOIN %s y ON x.id = y.id" % (a, rnd.choice(relations))])
        invoker = " WITH (security_invoker = %s)" % rnd.choice(["true", "on", "false"]) if rnd.random() < 0.4 else ""
        kind = "MATERIALIZED VIEW" if rnd.random() < 0.1 else "VIEW"
        if self.run(conn, "CREATE %s %s%s AS %s" % (kind, view, invoker if kind == "VIEW" else "", body)):
            self.run(conn, "ALTER %s %s OWNER TO %s" % (kind, view, q(rnd.choice(names))))
            self.grants(conn, "TABLE", view, ["SELECT", "SELECT", "SELECT", "INSERT", "UPDATE"], names, ["id", "dept"], n=5)

    def make(self):
        rnd = self.rnd
        admin = self.c.conn("postgres")
        setups = [self.make_roles(admin, "w%d_%d_" % (self.batch, i)) for i in range(self.count)]
        everyone = self.roles
        self.run(admin, "CREATE DATABASE %s OWNER %s" % (self.db, q(rnd.choice(everyone))))
        for side in ("side0", "side1"):
            self.run(admin, "ALTER DATABASE %s OWNER TO %s" % (side, q(rnd.choice(everyone))))
            if rnd.random() < 0.5:
                self.run(admin, "REVOKE CONNECT ON DATABASE %s FROM PUBLIC" % side)
            self.grants(admin, "DATABASE", side, ["CONNECT", "TEMPORARY", "CREATE"], everyone)
        if rnd.random() < 0.5:
            self.run(admin, "REVOKE CONNECT ON DATABASE %s FROM PUBLIC" % self.db)
        self.grants(admin, "DATABASE", self.db, ["CONNECT", "CONNECT", "TEMPORARY", "CREATE"], everyone)
        admin.close()
        conn = self.c.conn(self.db)
        conn.execute(READER)
        for i, names in enumerate(setups):
            names = names or ["postgres"]
            for k in range(rnd.randint(1, 2)):
                self.make_schema(conn, "w%d_s%d" % (i, k), names)
        return conn

    def drop(self):
        admin = self.c.conn("postgres")
        for side in ("side0", "side1"):
            admin.execute("ALTER DATABASE %s OWNER TO postgres" % side)
        admin.execute("DROP DATABASE %s WITH (FORCE)" % self.db)
        for r in self.roles:
            for side in ("side0", "side1"):
                try:
                    admin.execute("REVOKE ALL ON DATABASE %s FROM %s CASCADE" % (side, q(r)))
                except Exception:
                    pass
        for side in ("side0", "side1"):
            admin.execute("UPDATE pg_database SET datacl = NULL WHERE datname = '%s'" % side)
        for r in self.roles:
            try:
                admin.execute("DROP OWNED BY %s" % q(r))
            except Exception:
                pass
        left = list(self.roles)
        for _ in range(4):  # grantors of memberships go after what they granted
            again = []
            for r in reversed(left):
                try:
                    admin.execute("DROP ROLE %s" % q(r))
                except Exception:
                    again.append(r)
            left = again
        admin.close()
        return left


class Check:
    def __init__(self):
        self.n = self.bad = self.planned_away = 0
        self.shown = []

    def eq(self, ours, theirs, *what):
        self.n += 1
        if ours != theirs:
            self.bad += 1
            if len(self.shown) < 12:
                self.shown.append("%r: ours %r, server %r" % (what, ours, theirs))


def mask_checks(conn, check, ours, roles, sql, key, privs, has):
    """Every privilege, with and without grant option, in one query a privilege."""
    for p in privs:
        for option, shift in (("", 0), (" WITH GRANT OPTION", 16)):
            bit = BIT[p] << shift
            for role, obj, yes in conn.execute(sql % {"has": has, "p": p + option}, (roles,)):
                check.eq(bool(ours[role][key].get(str(obj), 0) & bit), yes, role, key, obj, p + option)


def compare_roles(conn, check, d, roles, major):
    kinds = [("u", "USAGE"), ("m", "MEMBER")] + ([("s", "SET")] if major >= 16 else [])
    for letter, word in kinds:
        for a, b, yes in conn.execute("SELECT a.rolname, b.rolname, pg_has_role(a.oid, b.oid, %s) FROM pg_roles a, pg_roles b WHERE a.rolname = ANY(%s)"
                                      " AND (b.rolname = ANY(%s) OR b.rolname LIKE 'pg\\_%%')", (word, roles, roles)):
            check.eq(letter in d["has_role"][a].get(b, ""), yes, a, b, word)


def compare_masks(conn, check, d, roles, major):
    by = d["by_role"]
    extra = ["MAINTAIN"] if major >= 17 else []
    who = "FROM pg_roles r, %s WHERE r.rolname = ANY(%%s) AND "
    user_schema = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    mask_checks(conn, check, by, roles, "SELECT r.rolname, c.oid, %(has)s(r.oid, c.oid, '%(p)s') FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE r.rolname = ANY(%%s) AND c.relkind IN ('r', 'v', 'm') AND " + user_schema, "table_masks", TABLE_PRIVS + extra, "has_table_privilege")
    mask_checks(conn, check, by, roles, "SELECT r.rolname, c.oid, %(has)s(r.oid, c.oid, '%(p)s') FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE r.rolname = ANY(%%s) AND c.relkind IN ('r', 'v', 'm') AND " + user_schema, "any_masks", COLUMN_PRIVS, "has_any_column_privilege")
    mask_checks(conn, check, by, roles, "SELECT r.rolname, a.attrelid || '.' || a.attnum, %(has)s(r.oid, a.attrelid, a.attnum, '%(p)s') FROM pg_roles r, pg_attribute a"
                " WHERE r.rolname = ANY(%%s) AND a.attacl IS NOT NULL AND a.attrelid >= 16384", "column_masks", COLUMN_PRIVS, "has_column_privilege")
    mask_checks(conn, check, by, roles, "SELECT r.rolname, n.nspname, %(has)s(r.oid, n.oid, '%(p)s') FROM pg_roles r, pg_namespace n"
                " WHERE r.rolname = ANY(%%s) AND " + user_schema, "schemas", ["USAGE", "CREATE"], "has_schema_privilege")
    mask_checks(conn, check, by, roles, "SELECT r.rolname, p.oid, %(has)s(r.oid, p.oid, '%(p)s') FROM pg_roles r, pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
                " WHERE r.rolname = ANY(%%s) AND " + user_schema, "functions", ["EXECUTE"], "has_function_privilege")
    del who


def compare_databases(cluster, check, d, roles, rnd, dbs):
    for db in dbs:
        with cluster.conn(db) as conn:
            for p in ("CONNECT", "TEMPORARY", "CREATE"):
                for option, shift in (("", 0), (" WITH GRANT OPTION", 16)):
                    for role, yes in conn.execute("SELECT rolname, has_database_privilege(oid, current_database(), %s) FROM pg_roles WHERE rolname = ANY(%s)", (p + option, roles)):
                        check.eq(bool(d["by_role"][role]["databases"][db][0] & BIT[p] << shift), yes, role, db, p + option)
        for role in rnd.sample(roles, min(2, len(roles))):
            try:
                cluster.conn(db, user=role).close()
                yes = True
            except Exception:
                yes = False
            check.eq(d["by_role"][role]["databases"][db][1], yes, role, db, "real connection")


def expected_rows(conn, cache, table, role, rows):
    """Rows that a predicate lets through, counted by a superuser with the role's name in place of its keywords."""
    if rows is True:
        rows = "true"
    if rows is False:
        return 0
    text = re.sub(r"\b(CURRENT_USER|SESSION_USER)\b", "'" + role.replace("'", "''").replace("\\", "\\\\") + "'::name", rows)
    if (table, text) not in cache:
        cache[table, text] = conn.execute("SELECT count(*) FROM %s WHERE %s" % (table, text)).fetchone()[0]
    return cache[table, text]


def compare_sessions(conn, check, d, roles):
    names = {oid: (name, kind) for oid, name, kind in conn.execute(
        "SELECT c.oid, format('%I.%I', n.nspname, c.relname), c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE c.oid >= 16384 AND c.relkind IN ('r', 'v', 'm') AND n.nspname ~ '^w'")}
    rows_of, cache = {}, {}
    prefix = re.compile(r"w\d+_(\d+)_")
    pairs = [(r, oid) for r in roles for oid, (name, _) in names.items() if name.startswith("w%s_" % prefix.match(r).group(1))]
    statements = [("SELECT * FROM", "SELECT count(x) FROM (SELECT * FROM %s) x"), ("count(*)", "SELECT count(*) FROM %s"), ("DELETE", "DELETE FROM %s")]
    for what, sql in statements:
        some = [p for p in pairs if what != "DELETE" or names[p[1]][1] == "r"]
        for role, oid, n, e in conn.execute("SELECT * FROM public.oracle_session(%s, %s, %s)", ([p[0] for p in some], [p[1] for p in some], sql)).fetchall():
            t = d["by_role"][role]["tables"][str(oid)]
            mask, any_mask, usage, view_ok, rows = t[:5]
            name, kind = names[oid]
            columns = [BIT["SELECT"] & v for v in t[5].values()]
            if what == "DELETE":
                ours = usage and bool(mask & BIT["DELETE"])
            elif what == "count(*)":
                ours = usage and view_ok and bool(any_mask & BIT["SELECT"])
            else:
                total = rows_of.setdefault(oid, conn.execute("SELECT count(*) FROM pg_attribute WHERE attrelid = %s AND attnum > 0", (oid,)).fetchone()[0])
                ours = usage and view_ok and (bool(mask & BIT["SELECT"]) or sum(map(bool, columns)) == total)
            if kind == "m" and e and "has not been populated" in e:
                continue
            if kind == "v" and not ours and e is None and n == 0:
                # row security of one table made the whole query constantly empty, so the planner dropped the others
                # with their checks (setrefs.c, add_rtes_to_flat_rtable): nothing was read
                check.planned_away += 1
                continue
            check.eq(ours, e is None, role, name, what, e)
            if e is None and ours and kind == "r":
                check.eq(expected_rows(conn, cache, name, role, rows[2 + 1 if what == "DELETE" else 0]), n, role, name, what, "rows", rows)


def compare_graph(check, d, roles, supers):
    """The statements for the graph against the decisions: what follows over "can become" and PUBLIC is exactly what the role or
    one that it can SET may do."""
    by, direct, public = d["by_role"], {}, {}
    for role, table, column, privs, predicate, grouped in d["rights"]:
        for p in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            if privs & BIT[p]:
                (direct.setdefault(((role, grouped), table, p), []) if role else public.setdefault((table, p), [])).append((column, predicate))
    steps = {}
    for a, b, why in d["assumes"]:
        if why == 0:
            steps.setdefault(a, set()).add(b)
    joins = {}
    for member, of_group, role in d["joins"]:
        joins.setdefault((member, of_group), set()).add((role, True))
    for role in roles:
        acting, todo = {role}, [role]
        while todo:
            for b in steps.get(todo.pop(), ()):
                if b not in acting:
                    acting.add(b)
                    todo.append(b)
        # (role, True) is the role's group: itself, and those that inherit from it without SET
        places = {(a, g) for a in acting for g in (False, True)}
        todo = list(places)
        while todo:
            for b in joins.get(todo.pop(), ()):
                if b not in places:
                    places.add(b)
                    todo.append(b)
        theirs = {role} | {of for of, how in d["has_role"][role].items() if "s" in how}
        if theirs & supers:
            continue
        check.eq(acting, theirs - {"pg_database_owner"}, role, "can become")
        for table, t in by[role]["tables"].items():
            for p, at in (("SELECT", 0), ("INSERT", 1), ("UPDATE", 2), ("DELETE", 3)):
                if p != "SELECT" and not t[6]:
                    continue
                want = set()
                for x in theirs:
                    mask, _, usage, ok, rows, columns = by[x]["tables"][table][:6]
                    if not (usage and ok) or rows[at] is False:
                        continue
                    text = "" if rows[at] is True else rows[at]
                    if mask & BIT[p]:
                        want.add((0, text))
                    else:
                        want |= {(int(c), text) for c, m in columns.items() if m & BIT[p]}
                got = set(public.get((int(table), p), []))
                for x in places:
                    got |= set(direct.get((x, int(table), p), []))
                if p != "SELECT":  # kinds of change are stated together
                    want, got = {c for c, _ in want}, {c for c, _ in got}
                    whole = 0
                else:
                    whole = (0, "")
                # a column adds nothing to the whole with the same rows or all rows
                want = {w for w in want if p != "SELECT" or w == whole or (whole not in want and (w[0] == 0 or (0, w[1]) not in want))}
                beneath = {g for g in got if p == "SELECT" and g != whole and (whole in got or (g[0] and (0, g[1]) in got))}
                got -= beneath
                granted = {int(c) for x in theirs for c, m in by[x]["tables"][table][5].items() if m & BIT[p]}
                check.eq(sorted({c for c, _ in beneath if c} - granted), [], role, table, p, "columns beneath a grant of the table")
                # nor do some rows to all rows
                want = {w for w in want if p != "SELECT" or w[1] == "" or (w[0], "") not in want}
                got = {g for g in got if p != "SELECT" or g[1] == "" or (g[0], "") not in got}
                if p != "SELECT" and 0 in want and 0 in got:
                    continue
                check.eq(sorted(got, key=str), sorted(want, key=str), role, table, p, "graph")


def reshape(d, tables):
    """Masks by object under one key a kind, as mask_checks wants them."""
    for o in d["by_role"].values():
        o["table_masks"] = {k: v[0] for k, v in o["tables"].items()}
        o["any_masks"] = {k: v[1] for k, v in o["tables"].items()}
        o["column_masks"] = {"%s.%s" % (k, c): m | v[0] for k, v in o["tables"].items() for c, m in v[5].items()}
        for k, v in o["tables"].items():
            v.append(tables.get(int(k)) in ("r", "p", "m", "f"))


def batch(cluster, decide, rnd, number, count, check):
    world = World(cluster, rnd, number, count)
    conn = world.make()
    folder = tempfile.mkdtemp(prefix="aisp-oracle-")
    try:
        run = subprocess.run([decide, "--capture", cluster.uri(world.db) + "?aisp_sample=0", folder], capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(run.stderr)
        run = subprocess.run([decide, folder], capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(run.stderr)
        d = json.loads(run.stdout)
        tables = dict(conn.execute("SELECT oid, relkind FROM pg_class"))
        reshape(d, tables)
        supers = {r for r, in conn.execute("SELECT rolname FROM pg_roles WHERE rolsuper")}
        before = check.bad
        compare_roles(conn, check, d, world.roles, cluster.major)
        compare_masks(conn, check, d, world.roles, cluster.major)
        compare_databases(cluster, check, d, world.roles, rnd, [world.db, "side0", "side1"])
        compare_sessions(conn, check, d, world.roles)
        compare_graph(check, d, world.roles, supers)
        if check.bad > before and os.environ.get("ORACLE_KEEP"):
            shutil.copytree(folder, os.environ["ORACLE_KEEP"], dirs_exist_ok=True)
            with open(os.environ["ORACLE_KEEP"] + "/world.sql", "w") as f:
                f.write(";\n".join(world.log))
    finally:
        conn.close()
        shutil.rmtree(folder, ignore_errors=True)
        left = world.drop()
        if left:
            print("  (%d roles could not be dropped)" % len(left), file=sys.stderr)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--decide", default=os.environ.get("PG_DECIDE", "build/tests/pg_decide"))
    p.add_argument("--count", type=int, default=60)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--version", default="")
    a = p.parse_args()
    wanted = [int(v) for v in a.version.split(",") if v] or list(pgcluster.versions())
    failed = False
    for major in wanted:
        check, rnd, done, number = Check(), random.Random(a.seed * 1000 + major), 0, 0
        with pgcluster.Cluster(major) as cluster:
            admin = cluster.conn("postgres")
            admin.execute("CREATE DATABASE side0")
            admin.execute("CREATE DATABASE side1")
            admin.close()
            while done < a.count:
                n = min(SET_UPS_PER_BATCH, a.count - done)
                batch(cluster, a.decide, rnd, number, n, check)
                done, number = done + n, number + 1
        print("PostgreSQL %d: %d set-ups, %d decisions, %d differences (%d views that read nothing not counted)" % (
            major, done, check.n, check.bad, check.planned_away), flush=True)
        for line in check.shown:
            print("  " + line)
        failed = failed or check.bad > 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
