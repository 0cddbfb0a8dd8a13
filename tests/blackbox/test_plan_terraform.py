"""aisp plan: patches of the places where things are defined in Terraform, CloudFormation and YAML. What is read after git apply is checked by parsers that are not ours: python-hcl2, json, PyYAML."""
import json
import random
import re
import shutil
import subprocess

import hcl2
import pytest
import yaml

from conftest import Aisp

MAIN = """data "aws_caller_identity" "me" {}

resource "aws_s3_bucket" "docs" {
  bucket = "customer-docs"
}

resource "aws_s3_bucket" "other" {
  bucket = "other-docs"
}

%s
"""
ROLE = """resource "aws_iam_role" "bot" {
  name               = "bot"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
"""
LEFT, GONE = 'Action = ["s3:GetObject"], Resource = "${aws_s3_bucket.other.arn}/*"', 'Action = ["s3:GetObject"], Resource = "${aws_s3_bucket.docs.arn}/*"'
DATA = """data "aws_iam_policy_document" "bot" {
  # who needs this?
  statement {
    sid       = "Docs" # {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.docs.arn}/*"]
  }

  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.other.arn}/*"]
  }
}
"""


def role_policy(policy, label="bot"):
    return f'resource "aws_iam_role_policy" "{label}" {{\n  name   = "{label}"\n  role   = aws_iam_role.bot.name\n  policy = {policy}\n}}\n'


# what is written, files beside it; what the patch takes out (None: no patch, and the note has these words)
FORMS = {
    "data": ({"data.tf": DATA, "policy.tf": role_policy("data.aws_iam_policy_document.bot.json")}, "data.tf", """  statement {
    sid       = "Docs" # {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.docs.arn}/*"]
  }
"""),
    "data, the last": ({"x.tf": DATA.replace("docs.arn", "X").replace("other.arn", "docs.arn").replace("X", "other.arn") + role_policy("data.aws_iam_policy_document.bot.json")}, "x.tf", """
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.docs.arn}/*"]
  }
"""),
    "data, used twice": ({"data.tf": DATA, "policy.tf": role_policy("data.aws_iam_policy_document.bot.json") + 'output "x" { value = data.aws_iam_policy_document.bot.json }\n'}, None, "used at policy.tf:6"),
    "data, its only statement": ({"data.tf": re.sub(r"\n\n  statement.*?\n  }\n", "\n", DATA, flags=re.S),
                                  "policy.tf": role_policy("data.aws_iam_policy_document.bot.json") + role_policy("jsonencode({ Statement = [{ Effect = \"Allow\", %s }] })" % LEFT, "left")}, "policy.tf",
                                 role_policy("data.aws_iam_policy_document.bot.json")),
    "dynamic": ({"data.tf": DATA.replace("\n\n  statement", '\n\n  dynamic "statement" {\n    for_each = []\n    content {}\n  }\n\n  statement'),
                 "policy.tf": role_policy("data.aws_iam_policy_document.bot.json")}, None, None),
    "jsonencode": ({"policy.tf": role_policy("""jsonencode({
    Version = "2012-10-17" # the only one
    Statement = [
      # for the other
      { Effect = "Allow", %s },
      # who needs this?
      {
        Effect = "Allow" // yes
        %s /* } */
      }, # gone
    ]
  })""" % (LEFT, GONE.replace(", R", "\n        R")))}, "policy.tf", """      {
        Effect = "Allow" // yes
        Action = ["s3:GetObject"]
        Resource = "${aws_s3_bucket.docs.arn}/*" /* } */
      }, # gone
"""),
    "jsonencode, inline": ({"policy.tf": role_policy('jsonencode({ "Statement" : [{ Effect = "Allow", %s }, { Effect = "Allow", %s }] })' % (GONE, LEFT))}, "policy.tf", '{ Effect = "Allow", %s }, ' % GONE),
    "jsonencode, inline, the last": ({"policy.tf": role_policy('jsonencode({ Statement = [{ Effect = "Allow", %s }, { Effect = "Allow", %s }] })' % (LEFT, GONE))}, "policy.tf", ', { Effect = "Allow", %s }' % GONE),
    "jsonencode, the only statement": ({"policy.tf": role_policy('jsonencode({ Statement = { Effect = "Allow", %s } })' % GONE) + "\n" + role_policy("jsonencode({ Statement = [{ Effect = \"Allow\", %s }] })" % LEFT, "left")},
                                       "policy.tf", role_policy('jsonencode({ Statement = { Effect = "Allow", %s } })' % GONE) + "\n"),
    "heredoc": ({"policy.tf": role_policy("""<<-EOT
    {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${aws_s3_bucket.docs.arn}/*"},
      {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${aws_s3_bucket.other.arn}/*"}
    ]}
  EOT""")}, "policy.tf", '      {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${aws_s3_bucket.docs.arn}/*"},\n'),
    "file": ({"policy.tf": role_policy('file("${path.module}/bot.json")'),
              "bot.json": '{"Version": "2012-10-17",\n "Statement": [\n  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other-docs/*"},\n'
                          '  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::customer-docs/*"}\n ]\n}\n'}, "bot.json",
             ',\n  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::customer-docs/*"}'),
    "count": ({"policy.tf": role_policy("jsonencode({ Statement = [{ Effect = \"Allow\", %s }, { Effect = \"Allow\", %s }] })\n  count = 1" % (GONE, LEFT))}, None, "it has count"),
    "managed policy with an attachment": ({"policy.tf": 'resource "aws_iam_policy" "p" {\n  name = "p"\n  policy = jsonencode({ Statement = [{ Effect = "Allow", %s }] })\n}\n' % GONE
                                           + 'resource "aws_iam_role_policy_attachment" "p" {\n  role = aws_iam_role.bot.name\n  policy_arn = aws_iam_policy.p.arn\n}\n'}, None, "policy.tf:7 refers to that"),
    "inline_policy": ({"policy.tf": """resource "aws_iam_user" "x" { name = "x" }
""", "main.tf": MAIN % ROLE.replace("}\n", """  inline_policy {
    name   = "data"
    policy = jsonencode({ Statement = [{ Effect = "Allow", %s }] })
  }
  inline_policy {
    name   = "other"
    policy = jsonencode({ Statement = [{ Effect = "Allow", %s }] })
  }
}
""" % (GONE, LEFT))}, "main.tf", """  inline_policy {
    name   = "data"
    policy = jsonencode({ Statement = [{ Effect = "Allow", %s }] })
  }
""" % GONE),
}


def plan(aisp, *args):
    return aisp.json("plan", *args, "--price", "aws:any-policy=never", codes=(0, 1))


def apply(root, text):
    done = subprocess.run(["git", "apply", "-"], cwd=root, input=text, text=True, capture_output=True)
    assert done.returncode == 0, (done.stderr, text)


def access(aisp):
    return {(e["from"], e["kind"], e["to"]) for e in aisp.sql("SELECT \"from\", kind, \"to\" FROM edge WHERE kind LIKE 'CAN%' OR kind IN ('MEMBER_OF', 'GRANTED')") if "#" not in e["to"]}


def role(aisp, name="bot"):
    found, = (r["id"] for r in aisp.sql(f"SELECT id FROM node WHERE id LIKE '%:role/{name}'"))
    return found


def formatted(root):
    """terraform's own parser, where it is."""
    if shutil.which("terraform"):
        for path in root.rglob("*.tf"):
            done = subprocess.run(["terraform", "fmt", "-"], input=path.read_text(), text=True, capture_output=True)
            assert done.returncode == 0, (done.stderr, path.read_text())


def read_all(root):
    return {p.name: p.read_text() for p in root.iterdir() if p.is_file()}


@pytest.mark.parametrize("form", FORMS)
def test_a_statement_goes_and_nothing_else(tree, aisp, form):
    files, where, what = FORMS[form]
    root = tree({"main.tf": MAIN % ROLE, **files})
    aisp.scan(root)
    before, was = access(aisp), read_all(root)
    bot = role(aisp)
    if form == "dynamic":  # what it says is open, so there is no statement to plan with
        return
    doc = plan(aisp, "--from", bot, "--to", "arn:aws:s3:::customer-docs", "--mode", "may_read")
    step, = doc["steps"]
    if where is None:
        assert not step.get("patch") and what in step["note"], step
        return
    assert step["definition"]["file"] == where, step
    apply(root, step["patch"])
    now = read_all(root)
    assert now[where] == was[where].replace(what, "", 1) and was[where] != now[where], now[where]
    assert {k: v for k, v in now.items() if k != where} == {k: v for k, v in was.items() if k != where}
    for path in root.glob("*.tf"):
        hcl2.loads(path.read_text())
    formatted(root)
    aisp.scan(root)
    assert before - access(aisp) == {(bot, "CAN_READ", "arn:aws:s3:::customer-docs")} and access(aisp) <= before


def test_a_member_leaves_a_group(tree, aisp):
    text = """resource "aws_iam_user" "ann" {
  name = "ann"
}

resource "aws_iam_group" "readers" {
  name = "the-readers"
}

resource "aws_iam_group" "writers" {
  name = "writers"
}

resource "aws_iam_user_group_membership" "ann" {
  user   = aws_iam_user.ann.name
  groups = [aws_iam_group.writers.name, aws_iam_group.readers.name]
}

resource "aws_iam_group_policy" "readers" {
  name   = "readers"
  group  = aws_iam_group.readers.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", %s }] })
}
""" % GONE
    root = tree({"main.tf": MAIN % text})
    aisp.scan(root)
    ann, = (r["id"] for r in aisp.sql("SELECT id FROM node WHERE id LIKE '%:user/ann'"))
    group, = (r["id"] for r in aisp.sql("SELECT id FROM node WHERE id LIKE '%:group/the-readers'"))
    step, = plan(aisp, "--from", ann, "--to", group, "--mode", "act")["steps"]
    assert step["kind"] == "aws.group"
    apply(root, step["patch"])
    assert (root / "main.tf").read_text() == (MAIN % text).replace(", aws_iam_group.readers.name]", "]")


def test_statements_of_one_document_go_together(tree, aisp):
    """Two of three blocks of a data source in one patch; all statements of a policy: the resource goes."""
    kept = """data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["logs:PutLogEvents"]
    resources = ["*"]
  }
}
"""
    block = """  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::customer-docs/%s*"]
  }
"""
    whole = role_policy('jsonencode({ Statement = [{ Effect = "Allow", %s }, { Effect = "Allow", %s }] })' % (GONE, GONE.replace("/*", "/c*")), "all")
    root = tree({"main.tf": MAIN % ROLE, "d.tf": kept.replace("{\n  st", "{\n" + block % "a" + "\n  st", 1).replace("  }\n}", "  }\n\n" + block % "b" + "}"),
                 "p.tf": role_policy("data.aws_iam_policy_document.d.json", "two"), "q.tf": "# q\n\n" + whole})
    aisp.scan(root)
    bot = role(aisp)
    steps = plan(aisp, "--from", bot, "--to", "arn:aws:s3:::customer-docs", "--mode", "may_read")["steps"]
    assert len(steps) == 2
    for step in steps:
        apply(root, step["patch"])
    assert (root / "d.tf").read_text() == kept and (root / "q.tf").read_text() == "# q\n"
    aisp.scan(root)
    assert not [e for e in access(aisp) if e[0] == bot and e[2].endswith("customer-docs")]


# ---- Templates and manifests ----

class Loader(yaml.SafeLoader):
    pass


Loader.add_multi_constructor("!", lambda loader, suffix, node: {"!" + suffix: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node)})

STACK = {"Resources": {
    "Bot": {"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": "bot", "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
        "Policies": [
            {"PolicyName": "data", "PolicyDocument": {"Statement": [
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other-docs/*"},
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::customer-docs/*"}]}},
            {"PolicyName": "more", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::customer-docs/a*"}]}}]}},
    "Extra": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "extra", "Roles": ["bot"], "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::customer-docs/b*"}]}}},
    "Docs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "customer-docs"}},
    "Others": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "other-docs"}}}}


@pytest.mark.parametrize("name, text", [("stack.json", json.dumps(STACK, indent=2)), ("small.json", json.dumps(STACK)), ("tabs.json", json.dumps(STACK, indent="\t")),
                                        ("flow.yaml", "# a template\n" + yaml.safe_dump(STACK, default_flow_style=True, width=60)), ("block.yaml", yaml.safe_dump(STACK, default_flow_style=False)),
                                        ("mixed.yaml", yaml.safe_dump(STACK, default_flow_style=None))], ids=["json", "json on one line", "json with tabs", "flow", "block", "mixed"])
def test_statements_of_a_template(tree, aisp, name, text):
    root = tree({name: text})
    aisp.scan(root)
    bot, before = role(aisp), access(aisp)
    for _ in range(3):
        steps = plan(aisp, "--from", bot, "--to", "arn:aws:s3:::customer-docs", "--mode", "may_read")["steps"]
        apply(root, [s for s in steps if s.get("patch")][0]["patch"])
        aisp.scan(root)
    want = json.loads(json.dumps(STACK))
    del want["Resources"]["Extra"], want["Resources"]["Bot"]["Properties"]["Policies"][1], want["Resources"]["Bot"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][1]
    assert (json.loads if name.endswith("json") else yaml.safe_load)((root / name).read_text()) == want
    assert before - access(aisp) == {(bot, "CAN_READ", "arn:aws:s3:::customer-docs")}


# ---- At random ----

COMMENTS = ["# {", "// ]", "/* , */", "# \"", "/* ${x */"]


class Writer:
    """HCL, JSON and YAML as odd as people write them."""
    def __init__(self, seed):
        self.r = random.Random(seed)

    def some(self, text, p=0.3):
        return text if self.r.random() < p else ""

    def line_comment(self, indent, yaml_=False):
        return self.some(indent + (self.r.choice(["# x: [", "# ' {"]) if yaml_ else self.r.choice(COMMENTS)) + "\n")

    def statement_block(self, s):
        """A block of a data source."""
        i = self.r.choice(["  ", "    ", "\t"])
        lines = [f"{i}  actions{self.r.choice([' ', '   '])}= {json.dumps(s['Action'])}{self.some(' # }')}", f"{i}  resources = [{json.dumps(s['Resource'])}{self.some(',')}]"]
        self.r.shuffle(lines)
        return self.line_comment(i) + f"{i}statement {{{self.some(' # {')}\n" + "\n".join(lines) + f"\n{i}}}{self.some(' // it')}\n" + self.some("\n")

    def hcl_object(self, s):
        eq = self.r.choice([" = ", ": ", "="])
        items = [f"{self.r.choice([k, json.dumps(k)])}{eq}{json.dumps(v)}" for k, v in s.items()]
        if self.r.random() < 0.5:
            return "{ " + ", ".join(items) + self.some(",") + " }"
        return "{" + self.some(" # {") + "\n" + "".join(f"        {x}{self.some(',')}{self.some(' # ]')}\n" for x in items) + "      }"

    def hcl_list(self, items):
        if self.r.random() < 0.4:
            return "[" + self.some(" ") + ", ".join(items) + self.some(",") + self.some(" ") + "]"
        out = "[\n"
        for n, x in enumerate(items):
            last = n + 1 == len(items)
            out += self.line_comment("      ") + "      " + x + (self.some(",") if last else "," + self.some(" ")) + self.some(" # c") + "\n" + self.some("\n")
        return out + "    ]"

    def json_text(self, doc):
        return json.dumps(doc, indent=self.r.choice([None, 1, 2, "\t"]), separators=self.r.choice([(",", ":"), (", ", ": "), (" , ", " : ")]))

    def module(self, form, n, statements):
        head = f'resource "aws_iam_role" "r" {{\n  name = "role-{n}"\n}}\n\nresource "aws_s3_bucket" "b" {{\n  bucket = "docs-{n}"\n}}\n\n'
        policy = {"data": "data.aws_iam_policy_document.d.json", "file": 'file("${path.module}/p.json")'}.get(form)
        files = {}
        if form == "data":
            files["data.tf"] = self.line_comment("") + 'data "aws_iam_policy_document" "d" {\n' + self.some("  version = \"2012-10-17\"\n") + "".join(map(self.statement_block, statements)) + "}\n"
        elif form == "file":
            files["p.json"] = self.json_text({"Version": "2012-10-17", "Statement": statements})
        elif form == "heredoc":
            policy = f"<<{self.some('-')}EOT\n{self.json_text({'Version': '2012-10-17', 'Statement': statements})}\nEOT"
        else:
            policy = "jsonencode({\n" + self.line_comment("    ") + "    Version = \"2012-10-17\"\n    Statement = " + self.hcl_list([self.hcl_object(s) for s in statements]) + "\n  })"
        files["main.tf"] = head + self.line_comment("") + f'resource "aws_iam_role_policy" "p" {{\n  name = "p"\n  role = aws_iam_role.r.name\n  policy = {policy}\n}}\n'
        return files


def tidy(x):
    """What python-hcl2 reads, without comments."""
    if isinstance(x, dict):
        return {k: tidy(v) for k, v in x.items() if not k.startswith("__")}
    return [tidy(v) for v in x] if isinstance(x, list) else x


def statements(r, n):
    some = [{"Effect": "Allow", "Action": r.sample(["s3:GetObject", "s3:ListBucket", "sqs:SendMessage", "logs:PutLogEvents"], r.randint(1, 3)), "Resource": f"arn:aws:s3:::other-{n}/*"} for _ in range(r.randint(1, 4))]
    at = r.randint(0, len(some))
    return some[:at] + [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::docs-{n}/*"}] + some[at:], at


def test_random_modules(tree, aisp):
    """150 modules in one tree: of each, one statement of several is cut out; python-hcl2 and json read the rest as it was."""
    all_, files = {}, {}
    for n in range(150):
        w = Writer(n)
        form = w.r.choice(["data", "jsonencode", "heredoc", "file"])
        st, at = statements(w.r, n)
        made = w.module(form, n, st)
        all_[n] = (form, st, at, made)
        files |= {f"m{n}/{k}": v for k, v in made.items()}
    root = tree(files)
    aisp.scan(root)
    edges = access(aisp)
    roles = {r["id"].rpartition("/")[2]: r["id"] for r in aisp.sql("SELECT id FROM node WHERE kind = 'role'")}
    for n, (form, st, at, made) in all_.items():
        doc = plan(aisp, "--from", roles[f"role-{n}"], "--to", f"arn:aws:s3:::docs-{n}", "--mode", "may_read")
        step, = doc["steps"]
        assert step["control"].endswith(f"#/Statement/{at}"), (n, form, step)
        assert step.get("patch"), (n, form, step, made)
        apply(root, step["patch"])
        now = {k: (root / f"m{n}" / k).read_text() for k in made}
        changed, = (k for k in made if made[k] != now[k])
        assert [x for x in now[changed].splitlines() if x not in made[changed].splitlines()] == [] or form in ("jsonencode", "heredoc", "file"), now
        rest = [s for i, s in enumerate(st) if i != at]
        assert read_statements(form, now) == normal(rest), (n, form, now[changed], made[changed])
        for comment in COMMENTS:
            assert now[changed].count(comment) <= made[changed].count(comment)
    formatted(root)
    aisp.scan(root)
    now = access(aisp)
    assert edges - now == {(roles[f"role-{n}"], "CAN_READ", f"arn:aws:s3:::docs-{n}") for n in all_} and now <= edges


def normal(statements_):
    return [(s["Effect"], s["Action"], s["Resource"]) for s in statements_]


def read_statements(form, files):
    """By parsers that are not ours."""
    if form == "file":
        return normal(json.loads(files["p.json"])["Statement"])
    if form == "heredoc":
        return normal(json.loads(re.search(r"<<-?EOT\n(.*)\nEOT", files["main.tf"], re.S)[1])["Statement"])
    if form == "data":
        blocks = tidy(hcl2.loads(files["data.tf"]))["data"][0]['"aws_iam_policy_document"']['"d"'].get("statement", [])
        plain = [{k: json.loads(json.dumps(v)) for k, v in b.items()} for b in blocks]
        return [("Allow", [json.loads(a) for a in b["actions"]], json.loads(b["resources"][0])) for b in plain]
    # jsonencode: the argument as a local value of its own is an object
    text = files["main.tf"]
    at = text.index("jsonencode(") + len("jsonencode(")
    body = hcl2.loads("x = " + text[at:text.rindex(")")] + "\n")["x"]
    return [tuple(plain_value(s, k) for k in ("Effect", "Action", "Resource")) for s in next(v for k, v in body.items() if k.strip('"') == "Statement")]


def plain_value(s, key):
    v = next(v for k, v in s.items() if k.strip('"') == key)
    return [json.loads(x) for x in v] if isinstance(v, list) else json.loads(v)


class YamlWriter(Writer):
    """The same value in block and flow style, one or many lines, with comments."""
    def flow(self, v, indent):
        wide = self.r.random() < 0.3
        gap = "\n" + " " * (indent + 2) if wide else self.some(" ")
        end = self.some(" # , }") + gap if wide else gap
        if isinstance(v, dict):
            parts = [f"{self.scalar(k)}: {self.flow(x, indent + 2)}" for k, x in v.items()]
            return "{" + end + ("," + (end if wide else " ")).join(parts) + (self.some(",") if parts else "") + gap + "}"
        if isinstance(v, list):
            parts = [self.flow(x, indent + 2) for x in v]
            return "[" + end + ("," + (end if wide else " ")).join(parts) + (self.some(",") if parts else "") + gap + "]"
        return self.scalar(v)

    def scalar(self, v):
        if not isinstance(v, str):
            return json.dumps(v)
        plain = re.fullmatch(r"[A-Za-z][\w./-]*", v)
        return self.r.choice(([v, v] if plain else []) + [json.dumps(v), "'" + v + "'"])

    def block(self, v, indent):
        """As what follows "key:" or "-"; begins with a blank or a line end."""
        pad = " " * indent
        if not isinstance(v, (dict, list)) or not v or self.r.random() < 0.25:
            return " " + self.flow(v, indent) + self.some(" # x: [") + "\n"
        if isinstance(v, dict):
            return self.some(" # {") + "\n" + "".join(self.line_comment(pad, True) + f"{pad}{self.scalar(k)}:{self.block(x, indent + 2)}" for k, x in v.items())
        out = self.some(" # [") + "\n"
        for x in v:
            out += self.line_comment(pad, True) + pad + "-"
            if isinstance(x, dict) and x and self.r.random() < 0.5:
                rest = "".join(f"{pad}  {self.scalar(k)}:{self.block(y, indent + 4)}" for k, y in x.items())
                out += " " + rest[len(pad) + 2:]
            else:
                out += self.block(x, indent + 2)
        return out + self.some("\n")

    def document(self, v):
        return self.some("# first: [\n") + "".join(f"{k}:{self.block(x, 2)}" for k, x in v.items())


def test_random_templates(tree, aisp):
    """80 templates, JSON and YAML: one statement of several goes; json and PyYAML read the rest as it was."""
    all_ = {}
    for n in range(80):
        w = YamlWriter(1000 + n)
        st, at = statements(w.r, n)
        policies = [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": st}}, {"PolicyName": "q", "PolicyDocument": {"Statement": [st[at - 1]]}}]
        policies = policies if w.r.random() < 0.7 else policies[:1]
        doc = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": f"role-{n}", "Policies": policies}},
                             "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"docs-{n}"}}}}
        name = f"m{n}/stack." + w.r.choice(["json", "yaml", "yaml", "yml"])
        all_[n] = (name, doc, at, w.json_text(doc) if name.endswith("json") else w.document(doc))
    root = tree({name: text for name, _, _, text in all_.values()})
    aisp.scan(root)
    edges = access(aisp)
    roles = {r["id"].rpartition("/")[2]: r["id"] for r in aisp.sql("SELECT id FROM node WHERE kind = 'role'")}
    for n, (name, doc, at, text) in all_.items():
        assert (json.loads if name.endswith("json") else yaml.safe_load)(text) == doc
        step, = plan(aisp, "--from", roles[f"role-{n}"], "--to", f"arn:aws:s3:::docs-{n}", "--mode", "may_read")["steps"]
        assert step["control"].endswith(f"#/Statement/{at}") and step.get("patch"), (n, step.get("note"), text)
        apply(root, step["patch"])
        now = (root / name).read_text()
        del doc["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][at]
        assert (json.loads if name.endswith("json") else yaml.safe_load)(now) == doc, (n, now)
    aisp.scan(root)
    assert edges - access(aisp) == {(roles[f"role-{n}"], "CAN_READ", f"arn:aws:s3:::docs-{n}") for n in all_}


def test_random_bindings(tree, aisp):
    """70 manifests: one subject of several goes, whatever the list looks like."""
    all_ = {}
    for n in range(70):
        w = YamlWriter(2000 + n)
        subjects = [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": f"u{n}-{i}"} for i in range(w.r.randint(2, 5))]
        at = w.r.randrange(len(subjects))
        docs = [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"db{n}", "namespace": f"ns{n}"}},
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r", "namespace": f"ns{n}"},
                 "rules": [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": [f"db{n}"], "verbs": ["get"]}]},
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "b", "namespace": f"ns{n}"},
                 "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}, "subjects": subjects}]
        w.r.shuffle(docs)
        binding = next(i for i, d in enumerate(docs) if d["kind"] == "RoleBinding")
        all_[n] = (docs, binding, at, "---\n".join(w.document(d) for d in docs))
    root = tree({f"m{n}/rbac.yaml": text for n, (_, _, _, text) in all_.items()})
    aisp.scan(root)
    ids = [r["id"] for r in aisp.sql("SELECT id FROM node")]
    for n, (docs, binding, at, text) in all_.items():
        assert list(yaml.safe_load_all(text)) == docs
        who, db = (next(i for i in ids if i.endswith(e)) for e in (f"user/u{n}-{at}", f"secret/db{n}"))
        keep = [a for i in range(len(docs[binding]["subjects"])) if i != at for a in ("--keep", ",".join((who[:-len(f"u{n}-{at}")] + f"u{n}-{i}", db, "read")))]
        step, = plan(aisp, "--from", who, "--to", db, "--mode", "read", *keep)["steps"]
        assert step["control"].endswith(f"/subjects/{at}") and step.get("patch"), (n, step.get("note"), text)
        apply(root, step["patch"])
        del docs[binding]["subjects"][at]
        now = (root / f"m{n}/rbac.yaml").read_text()
        assert list(yaml.safe_load_all(now)) == docs, (n, now)
