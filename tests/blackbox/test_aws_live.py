"""Against a mock cloud that nobody here wrote (moto): what is collected, what a capture keeps, and what refusals, throttling, cut answers and a wrong clock do."""
import collections
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
import zlib

import pytest
from conftest import Aisp

try:
    import moto  # noqa: F401
    import boto3  # noqa: F401
except ImportError as why:
    raise ImportError(f"{why}: this test needs tests/requirements.txt (tools/setup installs it into .venv)") from why
from aws_compare import difference  # noqa: E402
from aws_fill import fill  # noqa: E402
from aws_proxy import Proxy  # noqa: E402

ACCOUNT = "123456789012"
ENV = {**{k: "" for k in os.environ if k.startswith("AWS_")}, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true",
       "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """→ endpoint, what was made."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    log = open(tmp_path_factory.mktemp("moto") / "log", "wb")
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(url + "/moto-api/data.json", timeout=2).read()
                break
            except OSError:
                time.sleep(0.1)
        yield url, fill(url)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:  # it waits for its threads; there is nothing in it to be saved
            server.kill()
            server.wait(10)


def target(url, **more):
    return f"aws:?endpoint={url}" + "".join(f"&{k}={v}" for k, v in {"region": "us-east-1", **more}.items())


def facts(program):
    return (program.sql("SELECT id, kind FROM node ORDER BY id"), program.sql('SELECT "from", kind, "to", control, condition FROM edge ORDER BY 1, 2, 3, 4, 5'),
            program.sql("SELECT what, why, detail FROM gap ORDER BY 1, 2, 3"))


def program(tmp_path, name):
    (tmp_path / name).mkdir()
    return Aisp(tmp_path / name)


def has_edge(p, kind, start, end):
    return [row for row in p.sql(f"SELECT \"from\", \"to\" FROM edge WHERE kind = '{kind}'") if re.search(start, row["from"]) and re.search(end, row["to"])]


def captured(folder):
    return [json.loads(f.read_text()) for f in sorted((folder / "aws").rglob("*.json"))]


@pytest.fixture(scope="module")
def whole(cloud, tmp_path_factory):
    """A scan of the cloud as it is, and a capture of it."""
    url, _ = cloud
    tmp = tmp_path_factory.mktemp("whole")
    live = program(tmp, "live")
    live.scan(target(url), env=ENV)
    done = live.run("capture", target(url), "--out", tmp / "capture", env=ENV)
    assert done.returncode == 0, done.stderr
    return live, tmp / "capture"


def test_facts(cloud, whole):
    live, made = whole[0], cloud[1]
    ids = {row["id"]: row["kind"] for row in live.sql("SELECT id, kind FROM node")}
    joined = " ".join(ids)
    assert ids.get(made["role"]) == "role" and ids.get(made["policy"]) == "policy"
    for part in (":user/dev0", ":group/developers", "function:chat", "acme-docs", "acme-eu", "secret:db/password", made["instance"], "notebook-instance/lab"):
        assert part in joined, part
    assert has_edge(live, "MEMBER_OF", ":user/dev1$", ":group/developers$")
    assert has_edge(live, "RUNS_AS", "function:chat$", ":role/support-bot$")
    assert has_edge(live, "GRANTED", ":role/support-bot$", ":policy/invoke-models$")
    assert has_edge(live, "GOVERNED_BY", "acme-docs", "acme-docs#policy")
    assert has_edge(live, "CAN_READ", ":role/support-bot$", "acme-docs$"), "the role may read the bucket"
    assert not has_edge(live, "CAN_READ", ":user/zoe", "acme-docs$"), "a user without any policy may not"


def test_what_the_mock_cannot_do_is_a_gap(whole):
    live, folder = whole
    failed = [r for r in captured(folder) if "error" in r]
    assert 3 < len(failed) < 40
    gaps = json.dumps(live.sql("SELECT what, why, detail FROM gap"))
    assert "list-foundation-models" in gaps or "ListFoundationModels" in gaps
    assert not any(r["operation"] == "list-roles" for r in captured(folder)), "the fallback is not asked where the whole answer was had"


def test_answers_are_what_the_vendors_own_reader_reads(cloud, whole):
    """Every answer, member by member, against boto3."""
    answers = [r for r in captured(whole[1]) if "answer" in r]
    wrong = [d for r in answers if (d := difference(cloud[0], r))]
    assert len(answers) > 90 and not wrong, wrong[:5]
    assert len({r["service"] for r in answers}) > 20


def test_capture_gives_the_same(whole, tmp_path):
    saved = program(tmp_path, "saved")
    saved.scan(whole[1])
    assert facts(saved) == facts(whole[0])
    assert oct((whole[1] / "capture.json").stat().st_mode & 0o777) == "0o600"


def test_capture_with_broken_and_lost_files(whole, tmp_path):
    import shutil
    folder = tmp_path / "capture"
    shutil.copytree(whole[1], folder)
    files = {f.name.split(".json")[0]: f for f in (folder / "aws").rglob("*.json")}
    victim = next(f for n, f in files.items() if n.startswith("lambda.list-functions"))
    victim.write_bytes(victim.read_bytes()[:100])
    next(f for n, f in files.items() if n.startswith("sqs.list-queues")).unlink()
    p = program(tmp_path, "p")
    p.scan(folder)
    gaps = json.dumps(p.sql("SELECT what, why, detail FROM gap"))
    assert "list-functions" in gaps
    assert has_edge(p, "MEMBER_OF", ":user/dev1$", ":group/developers$")
    (folder / "capture.json").write_text("{")
    assert p.run("scan", folder).returncode in (0, 2, 3, 4)


def test_half_is_refused(cloud, whole, tmp_path):
    url = cloud[0]
    never = ("GetCallerIdentity",)

    def rule(service, action, n):
        return ("deny",) if action not in never and zlib.crc32(f"{service} {action}".encode()) % 2 else None

    with Proxy(url, rule) as proxy:
        p = program(tmp_path, "p")
        p.scan(target(proxy.url), env=ENV)
        refused = {(s, a) for s, a, _ in proxy.seen if rule(s, a, 1)}
        passed = {(s, a) for s, a, _ in proxy.seen} - refused
    assert len(refused) > 25 and len(passed) > 25
    gaps = p.sql("SELECT what, why, detail FROM gap")
    denied = [g["detail"] for g in gaps if g["why"] == "access"]
    assert len(denied) > 5
    assert all(re.search(rf"in account {ACCOUNT}(, region us-east-1)?: AccessDenied; it needs [a-z0-9-]+:\w+", d) for d in denied), denied[:5]
    all_nodes = {r["id"] for r in whole[0].sql("SELECT id FROM node")}
    some = {r["id"] for r in p.sql("SELECT id FROM node WHERE kind NOT IN ('internet')")}
    assert 10 < len(some) <= len(all_nodes) + 10
    certain = lambda q: {(r["from"], r["kind"], r["to"]) for r in q.sql("SELECT \"from\", kind, \"to\" FROM edge WHERE condition IS NULL AND kind LIKE 'CAN_%'")}
    assert certain(p) <= certain(whole[0]), "what could not be read makes nothing certain"


def test_all_of_iam_at_once_refused_then_one_by_one(cloud, whole, tmp_path):
    with Proxy(cloud[0], lambda s, a, n: ("deny",) if a == "GetAccountAuthorizationDetails" else None) as proxy:
        p = program(tmp_path, "p")
        p.scan(target(proxy.url), env=ENV)
        assert {"ListRoles", "GetRolePolicy", "ListGroupsForUser", "GetPolicyVersion"} <= {a for _, a, _ in proxy.seen}
    for kind, start, end in (("MEMBER_OF", ":user/dev1$", ":group/developers$"), ("GRANTED", ":role/support-bot$", "invoke-models"), ("CAN_READ", ":role/support-bot$", "acme-docs$")):
        assert has_edge(p, kind, start, end), kind


def test_throttled_and_asked_again(cloud, whole, tmp_path):
    with Proxy(cloud[0], lambda s, a, n: ("throttle",) if n <= 2 and a != "GetCallerIdentity" and s in ("iam", "lambda", "kms", "ec2") else None) as proxy:
        p = program(tmp_path, "p")
        p.scan(target(proxy.url), env=ENV)
        counts = collections.Counter((s, a) for s, a, _ in proxy.seen)
    assert counts["iam", "GetAccountAuthorizationDetails"] == 3
    assert facts(p)[0] == facts(whole[0])[0]


def test_cut_answers_are_gaps(cloud, tmp_path):
    with Proxy(cloud[0], lambda s, a, n: ("cut",) if a in ("ListSecrets", "DescribeSecurityGroups") else None) as proxy:
        p = program(tmp_path, "p")
        p.scan(target(proxy.url), env=ENV)
    gaps = json.dumps(p.sql("SELECT what, why, detail FROM gap"))
    assert "list-secrets" in gaps and "describe-security-groups" in gaps
    assert has_edge(p, "MEMBER_OF", ":user/dev1$", ":group/developers$")


@pytest.mark.parametrize("seconds", [4000, -86400])
def test_clock_that_is_off(cloud, whole, tmp_path, seconds):
    with Proxy(cloud[0], lambda s, a, n: ("skew", seconds)) as proxy:
        p = program(tmp_path, "p")
        p.scan(target(proxy.url), env=ENV)
    assert facts(p)[0] == facts(whole[0])[0]
    said = p.sql("SELECT detail FROM gap WHERE what = 'aws:clock'")
    assert len(said) == 1 and "the clock of this machine is" in said[0]["detail"] and ("behind" if seconds > 0 else "ahead") in said[0]["detail"]


def test_refused_altogether(cloud, tmp_path):
    p = program(tmp_path, "p")
    with Proxy(cloud[0], lambda s, a, n: ("deny",)) as proxy:
        done = p.run("scan", target(proxy.url), env=ENV)
    assert "AccessDenied" in done.stdout + done.stderr and "does not say who we are" in done.stdout + done.stderr
    assert "testing" not in done.stdout + done.stderr
    nobody = {k: v for k, v in ENV.items() if not k.startswith("AWS_ACCESS") and not k.startswith("AWS_SECRET")}
    done = p.run("scan", target(cloud[0]), env={**nobody, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert "no AWS credentials were found" in done.stdout + done.stderr


def test_role_in_other_accounts(cloud, tmp_path):
    p = program(tmp_path, "p")
    p.scan(target(cloud[0], accounts=f"{ACCOUNT},444455556666", role="audit"), env=ENV)
    accounts = {r["id"] for r in p.sql("SELECT id FROM node WHERE kind = 'account'")}
    assert any("444455556666" in a for a in accounts) and any(ACCOUNT in a for a in accounts)


def test_regions_are_found(cloud, tmp_path):
    with Proxy(cloud[0], lambda s, a, n: ("deny",) if s not in ("sts", "ec2", "s3") else None) as proxy:
        p = program(tmp_path, "p")
        p.scan(f"aws:?endpoint={proxy.url}", env={**ENV, "AWS_REGION": "eu-west-1"}, timeout=300)
        asked = {(s, a) for s, a, _ in proxy.seen}
        vpcs = sum(a == "DescribeVpcs" for _, a, _ in proxy.seen)
    assert ("ec2", "DescribeRegions") in asked and vpcs > 10
    assert any("eu-west-1" in r["id"] for r in p.sql("SELECT id FROM node"))


# What the program asks of the system for a name's address: AWS' names lead to the test's server, but those in $AISP_TEST_UNKNOWN.
RESOLVER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
	const char *unknown = getenv("AISP_TEST_UNKNOWN"), *p = node ? strstr(node, ".amazonaws.com") : NULL;
	char word[300];
	if (!p && !(node && strstr(node, ".api.aws")))
		return real(node, service, hints, ret);
	size_t n = strlen(node);
	if (n + 3 < sizeof word) {
		word[0] = ' ';
		memcpy(word + 1, node, n);
		memcpy(word + 1 + n, " ", 2);
		if (unknown && (strstr(unknown, word) || strstr(unknown, " * ")) && !(getenv("AISP_TEST_KNOWN") && strstr(getenv("AISP_TEST_KNOWN"), word)))
			return EAI_NONAME;
	}
	struct addrinfo h = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	int r = real("127.0.0.1", service, &h, ret);
	for (struct addrinfo *a = r ? NULL : *ret; a; a = a->ai_next)
		((struct sockaddr_in *)(void *)a->ai_addr)->sin_port = htons((unsigned short)atoi(getenv("AISP_TEST_PORT")));
	return r;
}
"""


@pytest.fixture(scope="module")
def own_names(cloud, tmp_path_factory):
    """→ environment in which AWS' own names lead to the mock cloud, over TLS."""
    folder = tmp_path_factory.mktemp("names")
    (folder / "resolver.c").write_text(RESOLVER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "resolver.so", folder / "resolver.c", "-ldl"], check=True)
    hosts = ",".join(f"DNS:{h}" for h in ("*.us-east-1.amazonaws.com", "*.amazonaws.com", "api.ecr.us-east-1.amazonaws.com", "api.sagemaker.us-east-1.amazonaws.com",
                                          f"{ACCOUNT}.s3-control.us-east-1.amazonaws.com", "*.us-east-1.api.aws"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-days", "2", "-subj", "/CN=test",
                    "-addext", f"subjectAltName={hosts}"], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with Proxy(cloud[0], tls=tls) as proxy:
        yield {**ENV, "AWS_CA_BUNDLE": str(folder / "cert.pem"), "LD_PRELOAD": str(folder / "resolver.so"), "AISP_TEST_PORT": proxy.url.rsplit(":", 1)[1], "AWS_REGION": "us-east-1",
               "NO_PROXY": "*", "HTTPS_PROXY": "", "https_proxy": "", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


@pytest.mark.parametrize("dns_works", [True, False])
def test_a_name_that_does_not_resolve(own_names, tmp_path, dns_works):
    """A service that the region does not have is no gap; one that cannot be told because no name resolves is."""
    p = program(tmp_path, "p")
    # the pool remembers ec2's address; the program asks the system anew
    env = {**own_names, "AISP_TEST_UNKNOWN": " kendra.us-east-1.amazonaws.com glue.us-east-1.amazonaws.com "}
    if not dns_works:
        env = {**own_names, "AISP_TEST_UNKNOWN": " * ", "AISP_TEST_KNOWN": " sts.us-east-1.amazonaws.com iam.amazonaws.com s3.us-east-1.amazonaws.com "}
    p.scan("aws:?region=us-east-1", env=env, timeout=300)
    gaps = [g["what"] + " " + g["detail"] for g in p.sql("SELECT what, why, detail FROM gap")]
    names = [g for g in gaps if "does not resolve" in g]
    assert any(":user/dev1" in r["id"] for r in p.sql("SELECT id FROM node"))
    if dns_works:
        assert names == [] and not [g for g in gaps if "kendra" in g or "glue" in g]
    else:
        assert [g for g in names if "glue" in g] and [g for g in names if "kendra" in g and "nor does that of ec2.us-east-1.amazonaws.com" in g]
