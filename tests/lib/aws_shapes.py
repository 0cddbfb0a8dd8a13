"""Writes src/collect/aws/xml_shapes.c: the shapes of the answers of those operations of ops.c whose names on the wire are not the command line's (all that
answer in XML, and API Gateway). From botocore's model of the services (Apache-2.0; only its facts, the names, are taken).

Usage: aws_shapes.py [--check] [OPS.C SHAPES.C]"""
import pathlib
import re
import sys

import botocore.session
from botocore import xform_name

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OPS, OUT = ROOT / "src/collect/aws/ops.c", ROOT / "src/collect/aws/xml_shapes.c"
SERVICE = {"s3api": "s3"}  # the command line's name: the model's
FURTHER = [("sts", "get-caller-identity"), ("sts", "assume-role"), ("sts", "assume-role-with-web-identity"), ("ec2", "describe-regions")]
SCALAR = {"boolean": "b", "integer": "i", "long": "i", "double": "d", "float": "d"}


def rows(path=OPS):
    """The rows of ops.c as dictionaries."""
    for row in re.findall(r"^\t\{(.*?)\},$", path.read_text(), re.M | re.S):
        found = {k: (t if t is not None and t != "" or not w else w) for k, t, w in re.findall(r'\.(\w+) = (?:"((?:[^"\\]|\\.)*)"|(\w+))', row)}
        yield {k: v.replace('\\"', '"') for k, v in found.items()}


class Shapes:
    def __init__(self):
        self.session, self.lines, self.ids, self.roots = botocore.session.get_session(), [], {}, []

    def operation(self, service, operation):
        model = self.session.get_service_model(SERVICE.get(service, service))
        name = {xform_name(n, "-"): n for n in model.operation_names}[operation]
        return model, model.operation_model(name)

    def of(self, shape, key):
        if shape.type_name not in ("structure", "list", "map"):
            return SCALAR.get(shape.type_name, "s")
        at = (key, shape.name)
        if at not in self.ids:
            self.ids[at] = len(self.lines)
            self.lines.append("")
            self.lines[self.ids[at]] = self.line(shape, key)
        return str(self.ids[at])

    def line(self, shape, key):
        if shape.type_name == "structure":
            parts = [f"{m.serialization.get('name', n)}={n}:{self.of(self.listed(m), key)}" for n, m in shape.members.items()
                     if m.serialization.get("location") not in ("header", "headers", "statusCode")]
            return "{ " + "".join(p + " " for p in parts)
        if shape.type_name == "list":
            item = "" if shape.serialization.get("flattened") else shape.member.serialization.get("name", "item" if key == "ec2" else "member")
            return f"[{item}:{self.of(shape.member, key)}"
        flat = "!" if shape.serialization.get("flattened") else ""
        return f"<{flat}{shape.key.serialization.get('name', 'key')} {shape.value.serialization.get('name', 'value')}:{self.of(shape.value, key)}"

    @staticmethod
    def listed(member):
        return member

    def differs(self, shape, seen):
        """Is a name of it another on the wire?"""
        if shape.name in seen:
            return False
        seen = seen | {shape.name}
        if shape.type_name == "structure":
            return any((m.serialization.get("name", n) != n and m.serialization.get("location") is None) or self.differs(m, seen) for n, m in shape.members.items())
        return self.differs(shape.member, seen) if shape.type_name == "list" else False

    def add(self, service, operation):
        model, op = self.operation(service, operation)
        if (service, operation) in [(a, b) for a, b, _ in self.roots] or not op.output_shape:
            return
        xml = model.metadata["protocol"] in ("query", "ec2", "rest-xml") and service != "sqs"
        if xml or self.differs(op.output_shape, frozenset()):
            payload = op.output_shape.serialization.get("payload")
            self.roots.append((service, operation, int(self.of(op.output_shape, SERVICE.get(service, service))) if not payload or not xml
                               else self.payload(op.output_shape, payload, SERVICE.get(service, service))))

    def payload(self, shape, name, key):
        """The answer is the member's own element: a structure of one."""
        member = shape.members[name]
        if member.type_name not in ("structure", "list"):
            return int(self.of(shape, key))
        self.lines.append("{ " + f"{member.serialization.get('name', member.name)}={name}:{self.of(member, key)} ")
        return len(self.lines) - 1


def text():
    s = Shapes()
    for service, operation in FURTHER + [(r["service"], r["operation"]) for r in rows()]:
        s.add(service, operation)
    quote = lambda t: '"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"'
    out = ["/* Made by tests/lib/aws_shapes.py; live_int.h says how a line is read. Not to be changed by hand. */", '#include "collect/aws/live_int.h"', "",
           "const char *const aisp_aws_shapes[] = {"]
    out += [f"\t/* {i} */ {quote(line)}," for i, line in enumerate(s.lines)]
    out += ["};", "const size_t aisp_aws_shape_count = sizeof aisp_aws_shapes / sizeof *aisp_aws_shapes;", "", "const struct aisp_aws_shape_root aisp_aws_shape_roots[] = {"]
    out += [f'\t{{"{a}", "{b}", {n}}},' for a, b, n in s.roots]
    out += ["};", "const size_t aisp_aws_shape_root_count = sizeof aisp_aws_shape_roots / sizeof *aisp_aws_shape_roots;", ""]
    return "\n".join(out)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if OUT.read_text() == text() else "xml_shapes.c is not what aws_shapes.py makes")
    OUT.write_text(text())
