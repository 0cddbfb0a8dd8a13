"""Accounts written down as the saved answers of the aws command line, for tests that ask what follows from them."""
import json

A, B, M = "111111111111", "222222222222", "999999999999"  # two accounts, and an organisation's management account
REGION = "us-east-1"


def policy(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def allow(action, resource=None, to=None, when=None, **more):
    return statement("Allow", action, resource, to, when, **more)


def deny(action, resource=None, to=None, when=None, **more):
    return statement("Deny", action, resource, to, when, **more)


def statement(effect, action, resource, to, when, **more):
    out = {"Effect": effect, "Action": action, "Resource": resource, "Principal": to, "Condition": when, **more}
    return {k: v for k, v in out.items() if v is not None}


def aws(*who):
    """A Principal: names in account A, numbers, ARNs, "*"."""
    full = [w if w == "*" or w[0].isdigit() or ":" in w else f"arn:aws:iam::{A}:{w}" for w in who]
    return {"AWS": full if len(full) > 1 else full[0]}


class World:
    def __init__(self):
        self.files, self.details, self.listed = {}, {}, {}

    def put(self, path, answer):
        self.files[path + ".json"] = answer
        return self

    def answer(self, operation, answer, name="", account=A, region=REGION):
        return self.put(f"{account}/{region}/{operation}{'.' + name if name else ''}", answer)

    def add(self, operation, member, item, account=A, region=REGION):
        self.listed.setdefault((account, region, operation, member), []).append(item)

    def account(self, account):
        return self.details.setdefault(account, {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []})

    def _principal(self, kind, name, statements, account, path, tags, boundary, letters):
        arn = f"arn:aws:iam::{account}:{kind.lower()}{path}{name}"
        out = {"Path": path, f"{kind}Name": name, f"{kind}Id": letters + (name.upper().replace("-", "") + account)[:17].ljust(17, "A"), "Arn": arn,
               "CreateDate": "2024-01-01T00:00:00Z", f"{kind}PolicyList": [{"PolicyName": "p", "PolicyDocument": policy(*statements)}] if statements else [],
               "AttachedManagedPolicies": [], "Tags": [{"Key": k, "Value": v} for k, v in (tags or {}).items()]}
        if boundary is not None:
            at = f"arn:aws:iam::{account}:policy/{name}-boundary"
            out["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": at}
            self.managed(f"{name}-boundary", boundary, account)
        return out

    def managed(self, name, statements, account=A):
        arn = f"arn:aws:iam::{account}:policy/{name}"
        self.account(account)["Policies"].append({"PolicyName": name, "PolicyId": "ANPA" + name.upper().ljust(17, "A")[:17], "Arn": arn, "Path": "/", "DefaultVersionId": "v1",
            "AttachmentCount": 1, "IsAttachable": True, "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": policy(*statements)}]})
        return arn

    def user(self, name, *statements, account=A, path="/", tags=None, boundary=None, groups=(), **more):
        user = self._principal("User", name, statements, account, path, tags, boundary, "AIDA")
        self.account(account)["UserDetailList"].append({**user, "GroupList": list(groups), **more})
        return self

    def group(self, name, *statements, account=A):
        self.account(account)["GroupDetailList"].append({"Path": "/", "GroupName": name, "GroupId": "AGPA" + name.upper().ljust(17, "A"), "Arn": f"arn:aws:iam::{account}:group/{name}",
            "CreateDate": "2024-01-01T00:00:00Z", "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": policy(*statements)}], "AttachedManagedPolicies": []})
        return self

    def role(self, name, *statements, trust=(), account=A, path="/", tags=None, boundary=None, **more):
        role = self._principal("Role", name, statements, account, path, tags, boundary, "AROA")
        trust = trust or (allow("sts:AssumeRole", to={"Service": "ec2.amazonaws.com"}),)
        self.account(account)["RoleDetailList"].append({**role, "AssumeRolePolicyDocument": policy(*trust), "InstanceProfileList": [], **more})
        return self

    def bucket(self, name, *statements, account=A, block=(), ownership="BucketOwnerEnforced", grants=(), key=None, tags=None):
        self.add("s3api-list-buckets", "Buckets", {"Name": name, "CreationDate": "2024-01-01T00:00:00Z"}, account)
        self.answer("s3api-get-bucket-location", {"LocationConstraint": None}, name, account)
        if statements:
            self.answer("s3api-get-bucket-policy", {"Policy": json.dumps(policy(*statements))}, name, account)
        if block:
            self.answer("s3api-get-public-access-block", {"PublicAccessBlockConfiguration": blocks(block)}, name, account)
        self.answer("s3api-get-bucket-ownership-controls", {"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}, name, account)
        if grants:
            self.answer("s3api-get-bucket-acl", {"Owner": {"ID": "o"}, "Grants": [{"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/" + g}, "Permission": p}
                                                                                  for g, p in grants]}, name, account)
        if key:
            self.answer("s3api-get-bucket-encryption", {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}]}}, name, account)
        if tags:
            self.answer("s3api-get-bucket-tagging", {"TagSet": [{"Key": k, "Value": v} for k, v in tags.items()]}, name, account)
        return self

    def block_account(self, block, account=A):
        return self.answer("s3control-get-public-access-block", {"PublicAccessBlockConfiguration": blocks(block)}, account, account)

    def key(self, name, *statements, account=A, grants=()):
        arn = f"arn:aws:kms:{REGION}:{account}:key/{name}"
        self.add("kms-list-keys", "Keys", {"KeyId": name, "KeyArn": arn}, account)
        if statements:
            self.answer("kms-get-key-policy", {"Policy": json.dumps(policy(*statements)), "PolicyName": "default"}, name, account)
        if grants:
            self.answer("kms-list-grants", {"Grants": [{"KeyId": arn, "GrantId": f"g{i}", "GranteePrincipal": w, "Operations": ops, "IssuingAccount": f"arn:aws:iam::{account}:root"}
                                                       for i, (w, ops) in enumerate(grants)]}, name, account)
        return self

    def secret(self, name, *statements, account=A, key=None):
        arn = f"arn:aws:secretsmanager:{REGION}:{account}:secret:{name}-AbCdEf"
        self.add("secretsmanager-list-secrets", "SecretList", {"ARN": arn, "Name": name, **({"KmsKeyId": key} if key else {})}, account)
        if statements:
            self.answer("secretsmanager-get-resource-policy", {"ARN": arn, "Name": name, "ResourcePolicy": json.dumps(policy(*statements))}, name, account)
        return self

    def queue(self, name, *statements, account=A, version="2012-10-17"):
        at = {"QueueArn": f"arn:aws:sqs:{REGION}:{account}:{name}"}
        if statements:
            at["Policy"] = json.dumps(policy(*statements, version=version))
        return self.answer("sqs-get-queue-attributes", {"Attributes": at}, name, account)

    def topic(self, name, *statements, account=A, version="2008-10-17"):
        at = {"TopicArn": f"arn:aws:sns:{REGION}:{account}:{name}", "Owner": account, "Policy": json.dumps(policy(*statements, version=version))}
        return self.answer("sns-get-topic-attributes", {"Attributes": at}, name, account)

    def function(self, name, *statements, account=A, role="fn", url=None, **more):
        arn = f"arn:aws:lambda:{REGION}:{account}:function:{name}"
        self.add("lambda-list-functions", "Functions", {"FunctionName": name, "FunctionArn": arn, "Runtime": "python3.12", "Role": f"arn:aws:iam::{account}:role/{role}", **more}, account)
        if statements:
            self.answer("lambda-get-policy", {"Policy": json.dumps(policy(*statements)), "RevisionId": "r"}, name, account)
        if url:
            self.answer("lambda-list-function-url-configs", {"FunctionUrlConfigs": [{"FunctionUrl": f"https://{name}.lambda-url.{REGION}.on.aws/", "FunctionArn": arn, "AuthType": url}]}, name, account)
        return self

    def organisation(self, scps=None, rcps=None, accounts=(A,), oid="o-exampleorg"):
        """scps, rcps: {target: [statement, …]}; every level has FullAWSAccess unless its list begins with None."""
        def arn(kind, i):
            return f"arn:aws:organizations::{M}:{kind}/{oid}/{i}"
        self.put(f"{M}/global/organizations-describe-organization", {"Organization": {"Id": oid, "MasterAccountArn": arn("account", M), "MasterAccountId": M}})
        self.put(f"{M}/global/organizations-list-accounts", {"Accounts": [{"Id": i, "Arn": arn("account", i), "Name": "a" + i, "Status": "ACTIVE"} for i in (M, *accounts)]})
        self.put(f"{M}/global/organizations-list-roots", {"Roots": [{"Id": "r-abcd", "Arn": arn("root", "r-abcd"), "Name": "Root"}]})
        self.put(f"{M}/global/organizations-list-organizational-units-for-parent.r-abcd",
                 {"OrganizationalUnits": [{"Id": "ou-abcd-11111111", "Arn": arn("ou", "ou-abcd-11111111"), "Name": "workloads"}]})
        self.put(f"{M}/global/organizations-list-children.r-abcd", {"Children": [{"Id": M, "Type": "ACCOUNT"}]})
        self.put(f"{M}/global/organizations-list-children.ou-abcd-11111111", {"Children": [{"Id": i, "Type": "ACCOUNT"} for i in accounts]})
        levels = ["r-abcd", "ou-abcd-11111111", *accounts, M]
        for kind, given in (("SERVICE", scps or {}), ("RESOURCE", rcps or {})):
            full = [] if kind == "RESOURCE" else [t for t in levels if (given.get(t) or [0])[0] is not None]
            rows = [("p-Full" + kind.title(), [allow("*", "*")] if kind == "SERVICE" else [allow("*", "*", to="*")], full or levels)]
            rows += [(f"p-{kind.lower()}{n}", [s for s in v if s], [t]) for n, (t, v) in enumerate(given.items())]
            for pid, statements, targets in rows:
                summary = {"Id": pid, "Arn": arn("policy", f"{kind.lower()}_control_policy/{pid}").replace(f"/{oid}/", f"/{oid}/"), "Name": pid, "Type": kind + "_CONTROL_POLICY", "AwsManaged": False}
                self.put(f"{M}/global/organizations-describe-policy.{pid}", {"Policy": {"PolicySummary": summary, "Content": json.dumps(policy(*statements))}})
                self.put(f"{M}/global/organizations-list-targets-for-policy.{pid}", {"Targets": [{"TargetId": t, "Arn": arn("ou", t), "Name": t, "Type": "x"} for t in targets]})
        return self

    def write(self, folder):
        for account, d in self.details.items():
            self.put(f"{account}/global/iam-get-account-authorization-details", d)
        for (account, region, operation, member), items in self.listed.items():
            self.answer(operation, {member: items, **({"Owner": {"ID": "o"}} if member == "Buckets" else {})}, "", account, region)
        for path, answer in self.files.items():
            to = folder / path
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(json.dumps(answer))


def blocks(on):
    return {k: k in on for k in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")}
