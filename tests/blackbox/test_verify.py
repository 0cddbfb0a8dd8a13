"""Verification: off by default, opt-in per issuer, a request that only reads whose key it is, and the key is shown nowhere."""
import base64
import contextlib
import http.server
import json
import os
import random
import re
import socket
import ssl
import string
import subprocess
import threading
import time
import tomllib
import zlib

import pytest

from conftest import AISP, ROOT

ALNUM = string.ascii_letters + string.digits


def chars(n, alphabet=ALNUM, seed=1):
    return "".join(random.Random(f"{seed}:{n}:{alphabet}").choices(alphabet, k=n))


def github_token(seed=1):
    """ghp_, 30 characters, and their CRC-32 in base 62."""
    text, crc = chars(30, seed=seed), 0
    crc, digits, tail = zlib.crc32(text.encode()), string.digits + string.ascii_uppercase + string.ascii_lowercase, ""
    for _ in range(6):
        crc, d = divmod(crc, 62)
        tail = digits[d] + tail
    return "ghp_" + text + tail


def openai_key(seed=1):
    return "sk-proj-" + chars(74, seed=seed) + "T3BlbkFJ" + chars(74, seed=seed + 100)


class Issuer:
    """An issuer on a loopback address. `answer(request)` gives (status, headers, body); each request is kept."""

    def __init__(self, answer, certificate=None):
        self.requests, self.answer, self.now, self.most = [], answer, 0, 0
        lock, issuer = threading.Lock(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                request = {"method": self.command, "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body,
                           "at": time.monotonic()}
                with lock:
                    issuer.requests.append(request)
                    issuer.now += 1
                    issuer.most = max(issuer.most, issuer.now)
                with contextlib.suppress(OSError):
                    status, headers, text = issuer.answer(request)
                    data = text if isinstance(text, bytes) else text.encode()
                    with lock:
                        issuer.now -= 1
                    self.send_response(status)
                    for name, value in {"Content-Length": str(len(data)), **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(data)
                self.close_connection = True

            do_GET = do_POST = respond

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def base(self):
        return f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}"

    def env(self, *names):
        return {f"AISP_VERIFY_BASE_{name.upper()}": self.base for name in names}


@pytest.fixture
def issuer():
    running = []

    def start(answer, **kw):
        running.append(Issuer(answer, **kw))
        return running[-1]
    yield start
    for one in running:
        one.server.shutdown()
        one.server.server_close()


def says(status, body, headers=None):
    return lambda request: (status, headers or {}, body if isinstance(body, (str, bytes)) else json.dumps(body))


def inspect(aisp, root, *args, env, secrets=(), codes=(0,)):
    """Hits by rule; no secret is in what the program says, in any format."""
    done = aisp.run("inspect", "--only", "secrets", "--format", "json", *args, root, env=env)
    assert done.returncode in codes, (done.returncode, done.stderr)
    for value in secrets:
        for i in range(0, len(value) - 15):
            assert value[i:i + 16] not in done.stdout + done.stderr
    rows = json.loads(done.stdout)["results"]
    return [row for row in rows if row["what"] == "secret"]


def test_without_verify_nobody_is_asked(aisp, tree, issuer):
    at = issuer(says(200, {"login": "octocat"}))
    token = github_token()
    hits = inspect(aisp, tree({".env": f"GITHUB_TOKEN={token}\n"}), env=at.env("github"), secrets=[token])
    assert hits and not any(k.startswith("verified") for k in hits[0])
    assert at.requests == []


def test_no_socket_is_opened_without_verify(aisp, tree, tmp_path):
    root, log = tree({".env": f"GITHUB_TOKEN={github_token()}\n"}), tmp_path / "strace"
    try:
        done = aisp.run("inspect", "--only", "secrets", "--no-sandbox", root, prefix=["strace", "-f", "-e", "trace=socket,connect", "-o", log])
    except FileNotFoundError:
        pytest.skip("no strace here")
    if "ptrace" in done.stderr or "PTRACE" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0 and not re.search(r"socket\(AF_INET|connect\(", log.read_text())


def test_valid_says_who(aisp, tree, issuer):
    at = issuer(says(200, {"login": "octocat", "type": "User"}))
    token = github_token()
    root = tree({".env": f"GITHUB_TOKEN={token}\n"})
    (hit,) = inspect(aisp, root, "--verify", "github", env=at.env("github"), secrets=[token])
    assert (hit["verified"], hit["verified_as"], hit["verified_by"]) == ("valid", "octocat, User", "https://api.github.com/user")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", hit["verified_at"])
    (request,) = at.requests
    assert (request["method"], request["path"], request["body"]) == ("GET", "/user", "")
    assert request["headers"]["authorization"] == f"Bearer {token}" and request["headers"]["x-github-api-version"] == "2022-11-28"
    done = aisp.run("inspect", "--verify", "github", "--verbose", root, env=at.env("github"))
    assert "verified: valid as octocat, User" in done.stdout and token not in done.stdout + done.stderr


def test_each_distinct_credential_is_asked_once_and_only_of_named_issuers(aisp, tree, issuer):
    first, second, key = github_token(1), github_token(2), openai_key()
    github, openai = issuer(says(401, {"message": "Bad credentials"})), issuer(says(200, {"data": []}))
    root = tree({"a/.env": f"GITHUB_TOKEN={first}\nOPENAI_API_KEY={key}\n", "b.py": f"t = '{first}'\nu = '{second}'\n", "c.json": json.dumps({"x": f"a\n{first}"})})
    env = {**github.env("github"), **openai.env("openai")}
    hits = inspect(aisp, root, "--verify", "github", env=env, secrets=[first, second, key])
    assert sorted(r["headers"]["authorization"] for r in github.requests) == sorted(f"Bearer {t}" for t in (first, second))
    assert openai.requests == []
    by_issuer = {}
    for hit in hits:
        by_issuer.setdefault(hit["issuer"], set()).add(hit.get("verified"))
    assert by_issuer == {"github": {"invalid"}, "openai": {None}} and len(hits) >= 5


def test_history_is_asked_about_too(aisp, tree, issuer):
    token = github_token()
    root = tree({"a.env": f"GITHUB_TOKEN={token}\n"})
    git = ["git", "-C", root, "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["rm", "-q", "a.env"], ["commit", "-qm", "y"]):
        subprocess.run([*git, *command], check=True)
    at = issuer(says(200, {"login": "octocat"}))
    (hit,) = inspect(aisp, root, "--history", "--verify", "github", env=at.env("github"), secrets=[token])
    assert hit["verified"] == "valid" and hit["commit"] and len(at.requests) == 1


# what stands in the file, what the issuer is sent, what it answers as its documentation says, and who that is
def bearer(value):
    return {"authorization": f"Bearer {value}"}


def basic(user, password):
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


OPENAI, ANTHROPIC = openai_key(), "sk-ant-api03-" + chars(93) + "AA"
HF, SLACK = "hf_" + chars(34, string.ascii_letters), f"xoxb-{chars(12, '123456789')}-{chars(12, '123456789', 2)}-{chars(24)}"
STRIPE, SENDGRID = "sk_live_" + chars(24), f"SG.{chars(22)}.{chars(43)}"
DO, XAI = "dop_v1_" + chars(64, "0123456789abcdef"), "xai-" + chars(80)
TELEGRAM = chars(10, "123456789") + ":AA" + chars(33)
LINEAR, FIGMA = "lin_api_" + chars(40), "figd_" + chars(40)
UUIDS = ["-".join(chars(n, "0123456789abcdef", seed) for n in (8, 4, 4, 4, 12)) for seed in (1, 2)]
LF_PUBLIC, LF_SECRET = "pk-lf-" + UUIDS[0], "sk-lf-" + UUIDS[1]
CASES = [
    ("openai", f"OPENAI_API_KEY={OPENAI}", OPENAI, "GET", "/v1/models", bearer(OPENAI), {"object": "list", "data": []}, "acme"),
    ("anthropic", f"ANTHROPIC_API_KEY={ANTHROPIC}", ANTHROPIC, "GET", "/v1/models?limit=1", {"x-api-key": ANTHROPIC, "anthropic-version": "2023-06-01"},
     {"data": [{"id": "m"}]}, None),
    ("huggingface", f"HF_TOKEN={HF}", HF, "GET", "/api/whoami-v2", bearer(HF), {"name": "ada", "type": "user", "auth": {"accessToken": {"role": "read"}}},
     "ada, user, read"),
    ("slack", f"SLACK_BOT_TOKEN={SLACK}", SLACK, "POST", "/api/auth.test", bearer(SLACK), {"ok": True, "team": "Acme", "user": "bot", "url": "https://acme.slack.com/"},
     "Acme, bot, https://acme.slack.com/"),
    ("stripe", f"STRIPE_KEY={STRIPE}", STRIPE, "GET", "/v1/account", bearer(STRIPE), {"id": "acct_1", "business_profile": {"name": "Acme"}}, "acct_1, Acme"),
    ("sendgrid", f"SENDGRID_API_KEY={SENDGRID}", SENDGRID, "GET", "/v3/scopes", bearer(SENDGRID), {"scopes": ["mail.send"]}, None),
    ("digitalocean", f"DO_TOKEN={DO}", DO, "GET", "/v2/account", bearer(DO), {"account": {"email": "a@example.com", "team": {"name": "t"}}}, "a@example.com, t"),
    ("xai", f"XAI_API_KEY={XAI}", XAI, "GET", "/v1/api-key", bearer(XAI), {"name": "k", "user_id": "u", "team_id": "t"}, "k, u, t"),
    ("telegram", f"TELEGRAM_BOT_TOKEN={TELEGRAM}", TELEGRAM, "GET", f"/bot{TELEGRAM}/getMe", {}, {"ok": True, "result": {"id": 7, "username": "a_bot"}}, "a_bot, 7"),
    ("linear", f"LINEAR_API_KEY={LINEAR}", LINEAR, "POST", "/graphql", {"authorization": LINEAR, "content-type": "application/json"},
     {"data": {"viewer": {"id": "1", "name": "Ada", "organization": {"name": "Acme"}}}}, "Ada, Acme"),
    ("figma", f"FIGMA_TOKEN={FIGMA}", FIGMA, "GET", "/v1/me", {"x-figma-token": FIGMA}, {"id": "1", "handle": "ada", "email": "a@example.com"}, "ada, a@example.com"),
    ("langfuse", f"LANGFUSE_PUBLIC_KEY={LF_PUBLIC}\nLANGFUSE_SECRET_KEY={LF_SECRET}", LF_SECRET, "GET", "/api/public/projects", basic(LF_PUBLIC, LF_SECRET),
     {"data": [{"id": "p1", "name": "bot"}]}, "bot, p1"),
]


@pytest.mark.parametrize("name,text,value,method,path,headers,body,who", CASES, ids=[c[0] for c in CASES])
def test_the_form_of_requests(aisp, tree, issuer, name, text, value, method, path, headers, body, who):
    at = issuer(says(200, body, {"openai-organization": "acme"}))
    hits = inspect(aisp, tree({"config.env": text + "\n"}), "--verify", name, env=at.env(name), secrets=[value])
    (request,) = at.requests
    assert (request["method"], request["path"]) == (method, path)
    assert {k: request["headers"].get(k) for k in headers} == headers
    assert "cookie" not in request["headers"] and request["headers"]["accept"] == "application/json"
    for hit in hits:
        assert hit["issuer"] == name and hit["verified"] == "valid" and hit.get("verified_as") == who, hit


def test_aws_pair_is_signed_and_the_secret_is_not_sent(aisp, tree, issuer):
    key_id, secret = "AKIA" + chars(16, string.ascii_uppercase + "234567"), chars(40, ALNUM + "/+")
    arn = "arn:aws:iam::123456789012:user/ada"
    at = issuer(says(200, {"GetCallerIdentityResponse": {"GetCallerIdentityResult": {"Arn": arn, "Account": "123456789012"}}}))
    root = tree({"credentials": f"[default]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"})
    hits = inspect(aisp, root, "--verify", "aws", env=at.env("aws"), secrets=[secret])
    (request,) = at.requests
    assert (request["method"], request["path"], request["body"]) == ("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15")
    assert re.match(rf"AWS4-HMAC-SHA256 Credential={key_id}/\d{{8}}/us-east-1/sts/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{{64}}$",
                    request["headers"]["authorization"])
    assert secret not in json.dumps(request)
    assert len(hits) == 2 and {(h["verified"], h["verified_as"]) for h in hits} == {("valid", arn)}


def test_an_aws_id_alone_is_not_asked_about(aisp, tree, issuer):
    at = issuer(says(200, {}))
    hits = inspect(aisp, tree({"a.env": "AWS_ACCESS_KEY_ID=AKIA" + chars(16, string.ascii_uppercase + "234567") + "\n"}), "--verify", "aws", env=at.env("aws"))
    assert at.requests == [] and hits[0]["verified"] == "unknown" and "other half" in hits[0]["verified_why"]


def redirecting(target):
    return says(302, "", {"Location": target})


@pytest.mark.parametrize("answer,why", [
    (says(429, {"message": "slow down"}, {"Retry-After": "1"}), "limits how often"),
    (says(500, "oops"), "HTTP 500"),
    (says(200, "<html><title>Sign in</title></html>"), "HTTP 200"),
    (says(200, '{"login": "octo'), "HTTP 200"),
    (says(200, "[" * 5000), "HTTP 200"),
    (says(200, b'{"login": "' + b"x" * (70 * 1024) + b'"}'), "64 KiB"),
    (says(200, {"login": "x"}, {f"X-{i}": "y" * 1000 for i in range(90)}), "64 KiB"),
    (says(200, "", {"Content-Length": "5000000"}), None),
], ids=["429", "500", "html", "broken-json", "deep-json", "huge", "huge-headers", "cut"])
def test_answers_that_prove_nothing_are_unknown(aisp, tree, issuer, answer, why):
    at, token = issuer(answer), github_token()
    (hit,) = inspect(aisp, tree({".env": f"GITHUB_TOKEN={token}\n"}), "--verify", "github", env=at.env("github"), secrets=[token])
    assert hit["verified"] == "unknown" and "verified_as" not in hit and len(at.requests) == 1
    assert hit["verified_why"] if why is None else why in hit["verified_why"]


def test_redirects_are_not_followed(aisp, tree, issuer):
    other, token = issuer(says(200, {"login": "octocat"})), github_token()
    at = issuer(redirecting(other.base + "/user"))
    (hit,) = inspect(aisp, tree({".env": f"GITHUB_TOKEN={token}\n"}), "--verify", "github", env=at.env("github"), secrets=[token])
    assert hit["verified"] == "unknown" and "redirects" in hit["verified_why"]
    assert len(at.requests) == 1 and other.requests == []


def test_an_issuer_that_hangs_costs_its_time_only(aisp, tree, issuer):
    def hang(request):
        time.sleep(20)
        return 200, {}, "{}"
    at, token = issuer(hang), github_token()
    began = time.monotonic()
    (hit,) = inspect(aisp, tree({".env": f"GITHUB_TOKEN={token}\n"}), "--verify", "github", "--timeout", "3", env=at.env("github"), secrets=[token])
    assert hit["verified"] == "unknown" and "in time" in hit["verified_why"] and time.monotonic() - began < 15


def test_no_issuer_there(aisp, tree):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    token = github_token()
    (hit,) = inspect(aisp, tree({".env": f"GITHUB_TOKEN={token}\n"}), "--verify", "github", env={"AISP_VERIFY_BASE_GITHUB": f"http://127.0.0.1:{port}"},
                     secrets=[token])
    assert hit["verified"] == "unknown" and hit["verified_why"]


def test_lying_names(aisp, tree, issuer):
    token = github_token()
    at = issuer(says(200, {"login": "a\x1b[2J\u202eb\x07" + "n" * 3000, "type": "the key is " + token}))
    root = tree({".env": f"GITHUB_TOKEN={token}\n"})
    (hit,) = inspect(aisp, root, "--verify", "github", env=at.env("github"), secrets=[token])
    assert hit["verified"] == "valid" and hit["verified_as"].startswith("a") and len(hit["verified_as"]) < 200
    done = aisp.run("inspect", "--verify", "github", root, env=at.env("github"))
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout) and token not in done.stdout


def test_no_more_after_too_often(aisp, tree, issuer):
    tokens = [github_token(i) for i in range(6)]
    at = issuer(says(429, {}))
    hits = inspect(aisp, tree({"t.txt": "".join(f"token {t}\n" for t in tokens)}), "--verify", "github", env=at.env("github"), secrets=tokens)
    assert len(hits) == 6 and {h["verified"] for h in hits} == {"unknown"} and len(at.requests) < 6


def test_requests_are_spread_and_few_at_a_time(aisp, tree, issuer):
    def slow(request):
        time.sleep(1.5)
        return 200, {}, json.dumps({"login": "octocat"})
    tokens = [github_token(i) for i in range(10)]
    at = issuer(slow)
    hits = inspect(aisp, tree({"t.txt": "".join(f"token {t}\n" for t in tokens)}), "--verify", "github", env=at.env("github"), secrets=tokens)
    assert {h["verified"] for h in hits} == {"valid"} and len(at.requests) == 10
    assert 2 <= at.most <= 4
    times = sorted(r["at"] for r in at.requests)
    assert times[-1] - times[0] > 9 * 0.2


def test_a_certificate_that_nobody_vouches_for(aisp, tree, issuer, tmp_path):
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    at, token = issuer(says(200, {"login": "octocat"}), certificate=(cert, key)), github_token()
    (hit,) = inspect(aisp, tree({".env": f"GITHUB_TOKEN={token}\n"}), "--verify", "github", env=at.env("github"), secrets=[token])
    assert hit["verified"] == "unknown" and "certificate" in hit["verified_why"].lower() and at.requests == []


@pytest.mark.parametrize("base", ["http://10.0.0.1", "https://example.com", "http://localhost:1", "http://127.0.0.1:1@example.com"])
def test_another_base_is_refused(aisp, tree, base):
    done = aisp.run("inspect", "--verify", "github", tree({"a": "x"}), env={"AISP_VERIFY_BASE_GITHUB": base})
    assert done.returncode == 2 and "AISP_VERIFY_BASE_GITHUB" in done.stderr


def test_names_of_issuers_are_checked(aisp, tree):
    root = tree({"a": "x"})
    for names, word in (("nobody", "nobody"), ("github,nobody", "nobody"), ("pypi", "PyPI"), ("all", "all")):
        done = aisp.run("inspect", "--verify", names, root)
        assert done.returncode == 2 and word in done.stderr
    assert aisp.run("inspect", "--verify", "github", "--only", "personal", root).returncode == 2


def test_the_list_fits_the_rules(aisp):
    rows = json.loads(aisp.run("inspect", "--verify", "list", "--format", "json").stdout)
    rules = {}
    for path in (ROOT / "rules/secrets").glob("*.toml"):
        for rule in tomllib.loads(path.read_text()).get("rules", []):
            rules[rule["id"]] = rule.get("aisp", {}).get("issuer")
    asked = [r for r in rows if "url" in r]
    for row in asked:
        assert row["url"].startswith("https://") and row["reads"] and row["method"] in ("GET", "POST")
        for rule in row["rules"].split():
            assert rules.get(rule) == row["issuer"], rule
    assert len({r["issuer"] for r in asked}) >= 30 and "pypi" in {r["issuer"] for r in rows if "cannot" in r}
    text = aisp.run("inspect", "--verify", "list").stdout
    assert "https://api.github.com/user" in text


def memory_holds(pid, needle):
    """Places in a process's writable memory where these bytes are."""
    found = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, access, *_, = line.split()
            if not access.startswith("rw"):
                continue
            begin, end = (int(x, 16) for x in span.split("-"))
            if end - begin > 1 << 30:  # a sanitizer's shadow
                continue
            with contextlib.suppress(OSError, OverflowError):
                mem.seek(begin)
                found += [line.rstrip()] * mem.read(end - begin).count(needle)
    return found


def test_what_was_answered_is_wiped(aisp, tree, issuer):
    done, waiting = threading.Event(), threading.Event()
    first, second = github_token(1), github_token(2)

    def answer(request):
        if second in request["headers"]["authorization"]:
            waiting.set()
            done.wait(20)
        return 200, {}, json.dumps({"login": "octocat"})
    at = issuer(answer)
    program = subprocess.Popen([AISP, "inspect", "--verify", "github", tree({"t.txt": f"token {first}\ntoken {second}\n"})], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={**os.environ, **at.env("github"), "AISP_STORE": str(aisp.store)}, cwd=aisp.folder)
    try:
        assert waiting.wait(30)
        time.sleep(1)
        limits = open(f"/proc/{program.pid}/limits").read()
        assert re.search(r"Max core file size +0 +0", limits)
        try:
            still_used, wiped = memory_holds(program.pid, second[8:32].encode()), memory_holds(program.pid, first[8:32].encode())
        except PermissionError:
            pytest.skip("only root may look into it, as it should be")
        assert still_used and not wiped
    finally:
        done.set()
        out, _ = program.communicate(timeout=30)
    assert b"verified: valid as octocat" in out
