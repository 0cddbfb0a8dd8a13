#!/usr/bin/env python3
"""Writes the labelled corpus of secrets: generate.py OUTDIR → OUTDIR/files/…, OUTDIR/labels.jsonl.

Two parts: files written by hand (cases_tune.txt, cases_tune_later.txt, cases_holdout.txt) and lines made from templates of languages and formats, names and
values. Credential-like text stands in the repository only as templates, <<CLASS:N>>; values come from a fixed sequence. A line of
labels.jsonl: {"path", "line", "category", "label", "holdout"}. Lines without a label hold nothing: a report there is false."""
import base64
import json
import pathlib
import random
import re
import string
import sys

HERE = pathlib.Path(__file__).resolve().parent
WORDS = """river falcon window orange copper summit harbor velvet thunder maple cobalt saffron lantern meadow glacier pepper rocket
turtle anchor bishop candle dragon ember forest guitar hammer island jungle kitten ladder mirror needle ocean pirate quartz raven
silver tiger umbra violet walnut yellow zephyr basil cricket donut falafel goblin hazel indigo jasper koala lemon mango noodle""".split()
ALPHABETS = {
    "alnum": string.ascii_letters + string.digits, "alpha": string.ascii_letters, "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase, "lowernum": string.ascii_lowercase + string.digits, "uppernum": string.ascii_uppercase + string.digits,
    "base32": string.ascii_uppercase + "234567", "hex": "0123456789abcdef", "HEX": "0123456789ABCDEF", "digit": string.digits,
    "b64": string.ascii_letters + string.digits + "+/", "url": string.ascii_letters + string.digits + "-_",
    "print": string.ascii_letters + string.digits + "!#%&()*+,-.:;=?@[]^_{|}~",
}


def password(r):
    """As people choose them for systems: words, numbers, a sign."""
    a, b = r.choice(WORDS), r.choice(WORDS)
    return r.choice([
        lambda: a.capitalize() + r.choice("!@#-_") + b.capitalize() + str(r.randint(10, 99)),
        lambda: a[:3].upper() + b[:4] + r.choice("!*?.") + str(r.randint(100, 9999)),
        lambda: "".join(r.choice(ALPHABETS["alnum"]) for _ in range(r.randint(9, 16))),
        lambda: a.replace("a", "4").replace("e", "3").replace("o", "0").capitalize() + r.choice("!#") + str(r.randint(1, 999)),
        lambda: "".join(r.choice(ALPHABETS["alnum"] + "!#%*+-=?@^_") for _ in range(14)),
    ])()


def low_password(r):
    a, b = r.choice(WORDS), r.choice(WORDS)
    return r.choice([lambda: a + b + str(r.randint(1, 99)), lambda: a + str(r.randint(1980, 2024)), lambda: a + "_" + b + str(r.randint(1, 9)),
                     lambda: "".join(r.choice(ALPHABETS["lowernum"]) for _ in range(8)), lambda: a + b])()


def uuid(r):
    h = "".join(r.choice("0123456789abcdef") for _ in range(32))
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


def expand(text, r):
    def one(m):
        kind, n = m[1], int(m[2] or 0)
        if kind == "pw":
            return password(r)
        if kind == "pwlow":
            return low_password(r)
        if kind == "phrase":
            return " ".join(r.choice(WORDS) for _ in range(4))
        if kind == "uuid":
            return uuid(r)
        if kind == "basic":
            return base64.b64encode(f"{r.choice(WORDS)}:{password(r)}".encode()).decode()
        return "".join(r.choice(ALPHABETS[kind]) for _ in range(n))
    return re.sub(r"<<([A-Za-z0-9]+)(?::(\d+))?>>", one, text)


def read_cases(path, holdout):
    """(path, [(line, label or None, category)]) of each section."""
    name, lines = None, []
    for line in path.read_text().splitlines():
        if line.startswith("=== "):
            if name:
                yield name, lines
            name, lines = line[4:], []
        elif name:
            m = re.search(r"  @@([TF]) (\S+)$", line)
            lines.append((line[:m.start()], m[1] == "T", m[2]) if m else (line, None, ""))
    if name:
        yield name, lines


# The part made from templates. N: the name in the manner of the language, V: the value.
LANGUAGES = {
    "py": ["{N} = \"{V}\"", "    self.{N} = '{V}'", "client = Client({N}=\"{V}\")", "    \"{N}\": \"{V}\",", "os.environ[\"{U}\"] = \"{V}\""],
    "js": ["const {C} = '{V}';", "  {C}: \"{V}\",", "  '{N}': '{V}',", "options.{C} = `{V}`;", "export const {U} = \"{V}\";"],
    "java": ["    private static final String {U} = \"{V}\";", "    String {C} = \"{V}\";", "    props.put(\"{N}\", \"{V}\");", "    .{C}(\"{V}\")"],
    "go": ["\t{C} := \"{V}\"", "\t\t{P}: \"{V}\",", "const {C} = \"{V}\"", "\t\"{N}\": \"{V}\","],
    "cs": ["    private const string {P} = \"{V}\";", "    {P} = \"{V}\",", "    options.{P} = \"{V}\";"],
    "rb": ["  {N}: '{V}',", "{U} = \"{V}\"", "  :{N} => '{V}',", "config.{N} = '{V}'"],
    "php": ["$" + "{N} = '{V}';", "    '{N}' => '{V}',", "define('{U}', '{V}');"],
    "rs": ["    let {N} = \"{V}\";", "const {U}: &str = \"{V}\";", "        {N}: \"{V}\".to_string(),"],
    "yml": ["{N}: {V}", "  {N}: \"{V}\"", "  - {U}={V}", "    {C}: '{V}'"],
    "json": ["  \"{N}\": \"{V}\",", "  \"{C}\": \"{V}\","],
    "env": ["{U}={V}", "export {U}=\"{V}\""],
    "properties": ["app.{K}={V}", "{N} = {V}"],
    "sh": ["{U}='{V}'", "export {U}={V}", "run --{K} {V} --verbose", "run --{K}={V}"],
    "tf": ["  {N} = \"{V}\""],
    "xml": ["  <{C}>{V}</{C}>", "  <property name=\"{C}\" value=\"{V}\"/>", "  <entry key=\"{N}\">{V}</entry>"],
    "toml": ["{N} = \"{V}\"", "{K} = '{V}'"],
}
SECRET = {
    "password": (["password", "db_password", "smtp_password", "admin_passwd", "root_pwd", "ldap_bind_password", "keystore_password", "user_pass",
                  "ssh_passphrase"], ["<<pw>>", "<<pwlow>>", "<<alnum:12>>", "<<lowernum:10>>"]),
    "token": (["token", "access_token", "auth_token", "refresh_token", "bot_token", "service_token"], ["<<hex:40>>", "<<url:43>>", "<<alnum:32>>", "<<uuid>>"]),
    "api_key": (["api_key", "apikey", "maps_api_key", "x_api_key", "access_key"], ["<<alnum:32>>", "<<hex:32>>", "<<alnum:39>>", "<<uuid>>"]),
    "secret": (["secret", "client_secret", "app_secret", "jwt_secret", "webhook_secret", "consumer_secret"], ["<<alnum:40>>", "<<url:32>>", "<<hex:64>>", "<<lowernum:16>>"]),
    "key": (["secret_key", "encryption_key", "signing_key", "private_key", "aes_key"], ["<<b64:43>>=", "<<hex:64>>", "<<alnum:32>>"]),
}
BENIGN = {
    "password": ["password_field:passwordInput", "password_hint:Name of your first pet", "password_file:/run/secrets/db", "password_policy:strong",
                 "password_label:Password", "password_reset_url:https://acme.io/reset", "password:${DB_PASSWORD}", "db_password:<password>",
                 "password:********", "password:{{ vault_password }}", "password_encoder:bcrypt", "forgot_password:Forgot your password?",
                 "password_column:user_password", "password_min_length:12", "password_error:Password does not match", "pwd:/home/app",
                 "password:your_password_here", "smtp_password:changeme", "password_prompt:Enter password:"],
    "token": ["token_type:bearer", "token_url:https://acme.io/oauth/token", "token_header:X-Auth-Token", "token_name:access_token", "pad_token:[PAD]",
              "token_separator:,", "csrf_token_name:csrfmiddlewaretoken", "token_endpoint:/oauth2/token", "token_class:JwtToken", "token:$TOKEN",
              "token_expires:2024-01-01", "access_token:<your token>", "token_scope:read:user", "tokenizer:whitespace", "token_id:session"],
    "secret": ["secret_name:prod/db", "secret_arn:arn:aws:secretsmanager:eu-west-1:123456789012:secret:x", "secret_path:kv/data/app", "secret_type:Opaque",
               "client_secret:${CLIENT_SECRET}", "secret_key_ref:db-credentials", "secret_store:vault", "client_secret:YOUR_CLIENT_SECRET", "secret_engine:kv-v2"],
    "key": ["key:ArrowDown", "key_file:/etc/ssl/private/server.key", "primary_key:user_id", "foreign_key:order_id", "sort_key:created_at", "api_key_header:X-API-Key",
            "public_key:<<b64:44>>", "key_algorithm:RSA", "cache_key:user:profile:v2", "partition_key:tenant", "api_key:<API_KEY>", "key_id:<<hex:16>>", "keyword:import",
            "hotkey:ctrl+shift+k", "api_key:insert-your-api-key", "ssh_key_name:ops-2023", "key_prefix:app:", "i18n_key:menu.file.open", "content_sha256:<<hex:64>>",
            "commit:<<hex:40>>", "etag:<<hex:32>>", "request_id:<<uuid>>", "build_hash:<<hex:12>>", "author:Ann Lee", "color:#aabbcc"],
}


def names(name):
    parts = name.split("_")
    camel = parts[0] + "".join(p.capitalize() for p in parts[1:])
    return {"N": name, "U": name.upper(), "C": camel, "P": camel[0].upper() + camel[1:], "K": name.replace("_", "-")}


def templated(r):
    """One file a language and part; the names of the holdout part are not used in the other."""
    for language, lines in LANGUAGES.items():
        for holdout in (False, True):
            rows = []
            for category, (who, values) in SECRET.items():
                for i, name in enumerate(who):
                    if (i % 2 == 1) == holdout:
                        line = r.choice(lines)
                        rows.append((fill(line, names(name), r.choice(values)), True, category))
            for category, pairs in BENIGN.items():
                for i, pair in enumerate(pairs):
                    if (i % 2 == 1) == holdout and r.random() < 0.5:
                        name, value = pair.split(":", 1)
                        rows.append((fill(r.choice(lines), names(name), value), False, category))
            r.shuffle(rows)
            yield f"templated/{'b' if holdout else 'a'}/config.{language}", rows, holdout


def fill(line, name, value):
    for k, v in name.items():
        line = line.replace("{" + k + "}", v)
    return line.replace("{V}", value)


def main(out):
    r = random.Random(20240607)
    out = pathlib.Path(out)
    files = [(f"tune/{n}", rows, False) for n, rows in read_cases(HERE / "cases_tune.txt", False)]
    files += [(f"unseen/{n}", rows, True) for n, rows in read_cases(HERE / "cases_holdout.txt", True)]
    files += list(templated(r))
    files += [(f"tune/{n}", rows, False) for n, rows in read_cases(HERE / "cases_tune_later.txt", False)]
    out.mkdir(parents=True, exist_ok=True)
    count = {True: 0, False: 0}
    with open(out / "labels.jsonl", "w") as labels:
        for name, rows, holdout in files:
            path = out / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = []
            for number, (line, label, category) in enumerate(rows, 1):
                text.append(expand(line, r))
                if label is not None:
                    count[label] += 1
                    labels.write(json.dumps({"path": name, "line": number, "category": category, "label": label, "holdout": holdout}) + "\n")
            path.write_text("\n".join(text) + "\n")
    print(f"{len(files)} files, {count[True]} secrets, {count[False]} near misses")


if __name__ == "__main__":
    main(sys.argv[1])
