"""Answers of AWS that are cut off, refused, contradictory, odd or too large: a gap, and nothing certain that depends on them."""
import copy
import json

import pytest
from aws_world import A, M, World, allow, deny, policy

ANN, OBJ, GET = f"arn:aws:iam::{A}:user/ann", "arn:aws:s3:::data/x", "s3:GetObject"
POLICY = f"{A}/us-east-1/s3api-get-bucket-policy.data.json"
DETAILS = f"{A}/global/iam-get-account-authorization-details.json"
REFUSED = "\nAn error occurred ({}) when calling the GetBucketPolicy operation: no\n"
ALL = [allow("s3:*", "*")]


def plain():
    return World().user("ann", *ALL).bucket("data")


def without(world, *words):
    world.files = {k: v for k, v in world.files.items() if not any(w in k for w in words)}
    return world


def policied(text):
    return plain().answer("s3api-get-bucket-policy", {"Policy": text}, "data")


def user(**more):
    return World().user("ann", **more).bucket("data")


def no_boundary():
    w = World().user("ann", *ALL, boundary=ALL).bucket("data")
    w.account(A)["Policies"] = []
    return w


DENY = json.dumps(policy(deny("s3:*", "arn:aws:s3:::data/*", "*")))
LARGE = [*ALL] + [allow(f"ec2:x{i}", "*", Sid="A" * 60 + str(i)) for i in range(15000)]
OPEN = [  # name, world, files as they are, a part of the condition
    ("refused", plain, {POLICY: REFUSED.format("AccessDenied")}, "resource's policy (not read)"),
    ("throttled", plain, {POLICY: REFUSED.format("Throttling")}, "resource's policy (not read)"),
    ("an empty file, as a failed command leaves it", plain, {POLICY: ""}, "resource's policy (not read)"),
    ("cut off", plain, {POLICY: '{"Policy": "{\\"Version\\": '}, "resource's policy (not read)"),
    ("in another encoding", plain, {POLICY: json.dumps({"Policy": DENY}).encode("utf-16")}, "resource's policy (not read)"),
    ("with zero bytes", plain, {POLICY: json.dumps({"Policy": DENY}).encode() + b"\0\0"}, "resource's policy (not read)"),
    ("a policy that is cut off in a whole answer", lambda: policied(DENY[:-4]), {}, "(not read)"),
    ("an element twice", lambda: policied(DENY.replace('"Effect": "Deny"', '"Effect": "Deny", "Effect": "Allow"')), {}, "(not read)"),
    ("an effect in small letters", lambda: policied(DENY.replace("Deny", "deny")), {}, "(not read)"),
    ("an operator that nobody knows", lambda: policied(DENY.replace('"Resource"', '"Condition": {"StringSounds": {"aws:username": "x"}}, "Resource"')), {}, "(not read)"),
    ("nested a thousand deep", lambda: policied(DENY.replace('"s3:*"', "[" * 1000 + '"s3:*"' + "]" * 1000)), {}, "(not read)"),
    ("beyond every limit", lambda: World().user("ann", *LARGE).bucket("data"), {}, "(not read)"),
    ("a managed policy that was not listed", lambda: user(AttachedManagedPolicies=[{"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]), {}, "AdministratorAccess (not read)"),
    ("a boundary that was not listed", no_boundary, {}, "boundary"),
    ("a group that was not listed", lambda: World().user("ann", *ALL, groups=["ghost"]).bucket("data"), {}, "identity policy (not read)"),
    ("an organisation without its policies", lambda: without(plain().organisation(), "polic"), {}, "service control policy"),
    ("policies of the organisation without their targets", lambda: without(plain().organisation(scps={A: [deny("s3:*", "*")]}), "targets"), {}, "service control policy"),
    ("units without their accounts", lambda: without(plain().organisation(scps={"ou-abcd-11111111": [deny("s3:*", "*")]}), "children"), {}, "service control policy"),
    ("an SCP that was refused", lambda: without(plain().organisation(scps={A: [deny("s3:*", "*")]}), "describe-policy.p-service0"),
     {f"{M}/global/organizations-describe-policy.p-service0.json": REFUSED.format("AccessDeniedException")}, "service control policy"),
]


def scan(aisp, tmp_path, world, files=()):
    world.write(tmp_path / "cloud")
    for path, text in dict(files).items():
        to = tmp_path / "cloud" / path
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(text if isinstance(text, bytes) else text.encode())
    aisp.scan(tmp_path / "cloud")
    return aisp


def gaps(aisp):
    return aisp.json("gaps")["gaps"]


@pytest.mark.parametrize("name,world,files,part", OPEN, ids=[o[0].replace(" ", "-") for o in OPEN])
def test_left_open_with_a_gap(aisp, tmp_path, name, world, files, part):
    told = scan(aisp, tmp_path, world(), files).json("access", "--explain", ANN, OBJ, GET)
    assert told["verdict"] == "allowed if" and part in told["condition"], told
    assert gaps(aisp)
    assert not [e for e in aisp.json("export")["edges"] if (e["from"], e["to"]) == (ANN, "arn:aws:s3:::data") and e["kind"] == "CAN_READ" and not e.get("condition")]


def test_an_error_that_says_there_is_none_is_an_answer(aisp, tmp_path):
    assert scan(aisp, tmp_path, plain(), {POLICY: REFUSED.format("NoSuchBucketPolicy")}).json("access", "--explain", ANN, OBJ, GET)["verdict"] == "allowed"
    assert gaps(aisp) == []


def test_details_that_are_cut_off_tell_of_nobody(aisp, tmp_path):
    w = plain()
    w.write(tmp_path / "whole")
    text = (tmp_path / "whole" / DETAILS).read_text()
    scan(aisp, tmp_path, World().bucket("data"), {DETAILS: text[: len(text) // 2]})
    assert gaps(aisp) and not [n for n in aisp.json("export")["nodes"] if n["kind"] == "user"]


def test_two_answers_that_contradict_each_other(aisp, tmp_path):
    """The same account twice, once with the Deny: what one of them denies is not certain."""
    other = plain()
    details = copy.deepcopy(other.account(A))
    details["UserDetailList"][0]["UserPolicyList"].append({"PolicyName": "no", "PolicyDocument": policy(deny("s3:*", "*"))})
    scan(aisp, tmp_path, other, {f"{A}/global/iam-get-account-authorization-details.2.json": json.dumps(details)})
    assert aisp.json("access", "--explain", ANN, OBJ, GET)["verdict"] != "allowed"


@pytest.mark.parametrize("name", ["jürgen", "名前", "a\u0301", "x\u202egpj", "a+b=c,d.e@f-g", "😀"])
def test_names_in_other_scripts(aisp, tmp_path, name):
    arn = f"arn:aws:iam::{A}:user/{name}"
    w = World().user(name, allow("s3:*", "arn:aws:s3:::data/${aws:username}/*")).bucket("data")
    told = scan(aisp, tmp_path, w).json("access", "--explain", arn, f"arn:aws:s3:::data/{name}/x", GET)
    assert told["verdict"] == "allowed" and aisp.json("access", "--explain", arn, OBJ, GET)["verdict"] == "denied"


def test_a_policy_at_the_size_limit_is_read(aisp, tmp_path):
    """20,480 characters is the most that a bucket's policy may have."""
    rows = [deny(GET, f"arn:aws:s3:::data/{i:04}/*", "*") for i in range(195)]
    assert 15000 < len(json.dumps(policy(*rows))) <= 20480
    scan(aisp, tmp_path, policied(json.dumps(policy(*rows))))
    assert aisp.json("access", "--explain", ANN, "arn:aws:s3:::data/0194/x", GET)["verdict"] == "denied"
    assert aisp.json("access", "--explain", ANN, "arn:aws:s3:::data/0195/x", GET)["verdict"] == "allowed" and gaps(aisp) == []
