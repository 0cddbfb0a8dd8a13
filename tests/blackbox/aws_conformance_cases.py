"""What AWS' documentation says of accounts that are written down here, not what this program says: (name, page, world, questions). A question is
(identity, resource, action, verdict) with the verdict "allowed", "denied" or "if …" (a part of the condition), or an arrow ("+" or "-", from, kind, to)."""
from aws_world import A, B, M, REGION, World, allow, aws, deny

IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
EVAL, CROSS, KEYS, OPS, VARS = (IAM + p for p in ("reference_policies_evaluation-logic_policy-eval-basics.html", "reference_policies_evaluation-logic-cross-account.html",
    "reference_policies_condition-keys.html", "reference_policies_elements_condition_operators.html", "reference_policies_variables.html"))
PRINCIPAL, MULTI, BOUNDARY = IAM + "reference_policies_elements_principal.html", IAM + "reference_policies_condition-single-vs-multi-valued-context-keys.html", IAM + "access_policies_boundaries.html"
SCP = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html"
RCP = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"
BPA = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
ACLS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html"
KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/"
LAMBDA, OIDC = "https://docs.aws.amazon.com/lambda/latest/dg/", IAM + "id_roles_providers_create_for-idp_oidc.html"
ANN, APP, EXT = f"arn:aws:iam::{A}:user/ann", f"arn:aws:iam::{A}:role/app", f"arn:aws:iam::{B}:user/ext"
OBJ, ALL = "arn:aws:s3:::data/x", "arn:aws:s3:::data/*"
GET, ASSUME, WEB = "s3:GetObject", "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"
GH = "token.actions.githubusercontent.com"
GHP = {"Federated": f"arn:aws:iam::{A}:oidc-provider/{GH}"}
CASES = []


def case(name, page, world, *questions):
    CASES.append((name, page, world, questions))


def key(n):
    return f"arn:aws:kms:{REGION}:{A}:key/{n}"


def secret(n):
    return f"arn:aws:secretsmanager:{REGION}:{A}:secret:{n}-AbCdEf"


def arn(service, rest, account=A):
    return f"arn:aws:{service}:{REGION}:{account}:{rest}"


# ---- One account ----
case("no policy at all", EVAL, World().user("ann").bucket("data"), (ANN, OBJ, GET, "denied"))
case("a group's Deny beats the user's Allow", EVAL, World().user("ann", allow("s3:*", "*"), groups=["g"]).group("g", deny(GET, ALL)).bucket("data"),
     (ANN, OBJ, GET, "denied"), (ANN, OBJ, "s3:PutObject", "allowed"))
case("a group's Allow is its member's", EVAL, World().user("ann", groups=["g"]).user("bob").group("g", allow(GET, ALL)).bucket("data"),
     (ANN, OBJ, GET, "allowed"), (f"arn:aws:iam::{A}:user/bob", OBJ, GET, "denied"))
case("the bucket's policy alone, naming the user", EVAL, World().user("ann").bucket("data", allow(GET, ALL, aws("user/ann"))), (ANN, OBJ, GET, "allowed"))
case("the account in the bucket's policy gives nothing by itself", PRINCIPAL, World().user("ann").user("bob", allow(GET, ALL)).bucket("data", allow(GET, ALL, aws(A))),
     (ANN, OBJ, GET, "denied"), (f"arn:aws:iam::{A}:user/bob", OBJ, GET, "allowed"))
case("the account by number, by ARN and in a list is the same", PRINCIPAL, World().user("ext", allow(GET, ALL), account=B).bucket("data", allow(GET, ALL, aws(f"arn:aws:iam::{B}:root", A))),
     (EXT, OBJ, GET, "allowed"))
case("a Deny for the account is one for everybody in it", PRINCIPAL, World().user("ann", allow("s3:*", "*")).bucket("data", deny(GET, ALL, aws(A))), (ANN, OBJ, GET, "denied"))
case("actions have no case, resources have", IAM + "reference_policies_elements_action.html", World().user("ann", allow("S3:getOBJECT", ALL)).bucket("data"),
     (ANN, OBJ, GET, "allowed"), (ANN, "arn:aws:s3:::DATA/x", GET, "denied"))
case("wildcards in an action", IAM + "reference_policies_elements_action.html", World().user("ann", allow("s3:*Object", ALL)).user("bob", allow("s3:?etObject", ALL)).bucket("data"),
     (ANN, OBJ, GET, "allowed"), (ANN, OBJ, "s3:GetObjectAcl", "denied"), (f"arn:aws:iam::{A}:user/bob", OBJ, GET, "allowed"), (f"arn:aws:iam::{A}:user/bob", OBJ, "s3:PutObject", "denied"))
case("Allow with NotAction", IAM + "reference_policies_elements_notaction.html", World().user("ann", allow(None, "*", NotAction="iam:*")).bucket("data"),
     (ANN, OBJ, GET, "allowed"), (ANN, ANN, "iam:GetUser", "denied"))
case("Deny with NotAction and a condition", IAM + "reference_policies_elements_notaction.html",
     World().user("ann", allow("*", "*"), deny(None, "*", NotAction=["iam:*", "sts:*"], when={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})).bucket("data"),
     (ANN, OBJ, GET, "if aws:MultiFactorAuthPresent"), (ANN, ANN, "iam:GetUser", "allowed"))
case("Deny with NotResource", IAM + "reference_policies_elements_notresource.html", World().user("ann", allow("s3:*", "*"), deny("s3:*", None, NotResource=["arn:aws:s3:::data", ALL])).bucket("data").bucket("pay"),
     (ANN, OBJ, GET, "allowed"), (ANN, "arn:aws:s3:::pay/x", GET, "denied"))
case("a statement is no list, an action no list", IAM + "reference_policies_grammar.html", World().user("ann", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": {
    "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": GET, "Resource": ALL}}}]).bucket("data"), (ANN, OBJ, GET, "allowed"))
case("the bucket is not its objects", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html", World().user("ann", allow("s3:*", "arn:aws:s3:::data")).bucket("data"),
     (ANN, OBJ, GET, "denied"), (ANN, "arn:aws:s3:::data", "s3:ListBucket", "allowed"))
case("a bucket's name with more behind", EVAL, World().user("ann", allow("s3:*", "arn:aws:s3:::data*")).bucket("data").bucket("data-secret"), (ANN, "arn:aws:s3:::data-secret/x", GET, "allowed"))
case("GetCallerIdentity needs nothing", "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html", World().user("ann", deny("*", "*")), (ANN, "*", "sts:GetCallerIdentity", "allowed"))

# ---- Boundaries ----
case("a boundary gives nothing", BOUNDARY, World().user("ann", boundary=[allow("*", "*")]).bucket("data"), (ANN, OBJ, GET, "denied"))
case("a boundary limits", BOUNDARY, World().user("ann", allow("*", "*"), boundary=[allow("s3:*", "*")]).bucket("data").secret("s"), (ANN, OBJ, GET, "allowed"), (ANN, secret("s"), "secretsmanager:GetSecretValue", "denied"))
case("a user named by the bucket is beyond the boundary's silence", BOUNDARY, World().user("ann", boundary=[allow("ec2:*", "*")]).bucket("data", allow(GET, ALL, aws("user/ann"))), (ANN, OBJ, GET, "allowed"))
case("but not beyond its Deny", BOUNDARY, World().user("ann", boundary=[allow("ec2:*", "*"), deny("s3:*", "*")]).bucket("data", allow(GET, ALL, aws("user/ann"))), (ANN, OBJ, GET, "denied"))
case("a role named by the bucket is within its boundary", BOUNDARY, World().role("app", boundary=[allow("ec2:*", "*")]).bucket("data", allow(GET, ALL, aws("role/app"))), (APP, OBJ, GET, "denied"))
case("a role within its boundary", BOUNDARY, World().role("app", boundary=[allow("s3:*", "*")]).bucket("data", allow(GET, ALL, aws("role/app"))), (APP, OBJ, GET, "allowed"))
case("across accounts the caller's boundary counts", CROSS, World().user("ext", allow("s3:*", "*"), account=B, boundary=[allow("ec2:*", "*")]).bucket("data", allow(GET, ALL, aws(EXT))), (EXT, OBJ, GET, "denied"))
case("NotPrincipal with Deny and a boundary", IAM + "reference_policies_elements_notprincipal.html",
     World().user("ann", allow("s3:*", "*"), boundary=[allow("*", "*")]).bucket("data", deny("s3:*", ALL, NotPrincipal=aws("user/ann", f"arn:aws:iam::{A}:root"))), (ANN, OBJ, GET, "denied"))
case("NotPrincipal with Deny spares whom it names with the account", IAM + "reference_policies_elements_notprincipal.html", World().user("ann", allow("s3:*", "*")).user("bob", allow("s3:*", "*"))
     .bucket("data", deny("s3:*", ALL, NotPrincipal=aws("user/ann", f"arn:aws:iam::{A}:root"))), (ANN, OBJ, GET, "allowed"), (f"arn:aws:iam::{A}:user/bob", OBJ, GET, "denied"))

# ---- Other accounts ----
case("both sides", CROSS, World().user("ext", allow(GET, ALL), account=B).bucket("data", allow(GET, ALL, aws(B))), (EXT, OBJ, GET, "allowed"))
case("only the resource's side", CROSS, World().user("ext", account=B).bucket("data", allow(GET, ALL, aws(EXT))), (EXT, OBJ, GET, "denied"))
case("only the caller's side", CROSS, World().user("ext", allow("*", "*"), account=B).bucket("data"), (EXT, OBJ, GET, "denied"))
case("everybody, across accounts", CROSS, World().user("ext", allow("*", "*"), account=B).user("two", account=B).bucket("data", allow(GET, ALL, "*")),
     (EXT, OBJ, GET, "allowed"), (f"arn:aws:iam::{B}:user/two", OBJ, GET, "denied"), ("+", "aws:anonymous", "CAN_READ", "arn:aws:s3:::data"))
case("an action that only the resource's side lacks", CROSS, World().user("ext", allow("*", "*"), account=B).bucket("data", allow(GET, ALL, aws(B))), (EXT, OBJ, "s3:PutObject", "denied"))
case("a queue, same account by policy, other account by both", "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html",
     World().user("ann").user("ext", allow("sqs:*", "*"), account=B).user("two", account=B).queue("q", allow("sqs:SendMessage", arn("sqs", "q"), aws("user/ann", B))),
     (ANN, arn("sqs", "q"), "sqs:SendMessage", "allowed"), (EXT, arn("sqs", "q"), "sqs:SendMessage", "allowed"), (f"arn:aws:iam::{B}:user/two", arn("sqs", "q"), "sqs:SendMessage", "denied"))
OWNER = {"StringEquals": {"AWS:SourceOwner": A}}
case("a topic's first policy is for its owner", "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html",
     World().user("ext", allow("sns:*", "*"), account=B).topic("t", allow(["SNS:Publish", "SNS:Subscribe"], arn("sns", "t"), aws("*"), OWNER)),
     (EXT, arn("sns", "t"), "sns:Publish", "denied"), ("-", "aws:anyone", "CAN_WRITE", arn("sns", "t")), ("-", "aws:anonymous", "CAN_READ", arn("sns", "t")))
case("a topic for everybody", "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html", World().topic("t", allow("SNS:Publish", arn("sns", "t"), aws("*"))), ("+", "aws:anyone", "CAN_WRITE", arn("sns", "t")))
case("a function's policy, other account", LAMBDA + "access-control-resource-based.html", World().role("fn").user("ext", allow("lambda:InvokeFunction", "*"), account=B)
     .function("f", allow("lambda:InvokeFunction", arn("lambda", "function:f"), aws(B))), (EXT, arn("lambda", "function:f"), "lambda:InvokeFunction", "allowed"), (EXT, arn("lambda", "function:f"), "lambda:UpdateFunctionCode", "denied"))
case("a secret with a key of its own, other account", "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html",
     World().user("ext", allow(["secretsmanager:GetSecretValue", "kms:Decrypt"], "*"), account=B).secret("s", allow("secretsmanager:GetSecretValue", "*", aws(B)), key=key("k"))
     .key("k", allow("kms:*", "*", aws(A)), allow("kms:Decrypt", "*", aws(B))), ("+", EXT, "CAN_READ", secret("s")))
case("a secret with AWS' own key is not for other accounts", "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html",
     World().user("ann", allow("secretsmanager:*", "*")).user("ext", allow(["secretsmanager:GetSecretValue", "kms:Decrypt"], "*"), account=B).secret("s", allow("secretsmanager:GetSecretValue", "*", aws(B))),
     ("-", EXT, "CAN_READ", secret("s")), ("+", ANN, "CAN_READ", secret("s")))
case("a secret whose key does not let the other account", KMS + "key-policy-modifying-external-accounts.html",
     World().user("ext", allow(["secretsmanager:GetSecretValue", "kms:Decrypt"], "*"), account=B).secret("s", allow("secretsmanager:GetSecretValue", "*", aws(B)), key=key("k"))
     .key("k", allow("kms:*", "*", aws(A))), ("-", EXT, "CAN_READ", secret("s")))
case("a bucket with AWS' own key is not for other accounts", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
     World().user("ann", allow("s3:*", "*")).user("ext", allow(["s3:*", "kms:*"], "*"), account=B).bucket("data", allow(GET, ALL, aws(B)), key=arn("kms", "alias/aws/s3")),
     ("-", EXT, "CAN_READ", "arn:aws:s3:::data"), ("+", ANN, "CAN_READ", "arn:aws:s3:::data"))

# ---- Roles ----
case("trust in the account and a policy of the user's", IAM + "id_roles_use_permissions-to-switch.html", World().user("ann", allow(ASSUME, APP)).user("bob").role("app", trust=[allow(ASSUME, to=aws(A))]),
     (ANN, APP, ASSUME, "allowed"), (f"arn:aws:iam::{A}:user/bob", APP, ASSUME, "denied"))
case("a user named in the trust of the same account needs nothing more", EVAL, World().user("ann").role("app", trust=[allow(ASSUME, to=aws("user/ann"))]), (ANN, APP, ASSUME, "allowed"))
case("without trust nothing helps", EVAL, World().user("ann", allow("*", "*")).role("app"), (ANN, APP, ASSUME, "denied"))
case("a role names itself no more than others", IAM + "id_roles_update-role-trust-policy.html", World().role("app", allow("*", "*")), (APP, APP, ASSUME, "denied"))
case("an external id is what one must know", IAM + "id_roles_common-scenarios_third-party.html", World().user("ext", allow(ASSUME, "*"), account=B)
     .role("app", trust=[allow(ASSUME, to=aws(B), when={"StringEquals": {"sts:ExternalId": "12345"}})]), (EXT, APP, ASSUME, "if sts:ExternalId is 12345"))
case("a session's name is the caller's choice", KEYS, World().user("ann").role("app", trust=[allow(ASSUME, to=aws("user/ann"), when={"StringLike": {"sts:RoleSessionName": "ann-*"}})]), (ANN, APP, ASSUME, "allowed"))
case("everybody in a trust is everybody with an account", PRINCIPAL, World().user("ext", allow(ASSUME, "*"), account=B).role("app", trust=[allow(ASSUME, to=aws("*"))]),
     (EXT, APP, ASSUME, "allowed"), ("+", "aws:anyone", "CAN_ASSUME", APP), ("-", "aws:anonymous", "CAN_ASSUME", APP))
case("everybody of one organisation is not everybody", KEYS, World().user("ext", allow(ASSUME, "*"), account=B).role("app", trust=[allow(ASSUME, to=aws("*"), when={"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg"}})])
     .organisation(accounts=(A,)), ("-", "aws:anyone", "CAN_ASSUME", APP), (EXT, APP, ASSUME, "if aws:PrincipalOrgID is o-exampleorg"))
case("and lets the organisation's own in", KEYS, World().user("ext", allow(ASSUME, "*"), account=B).role("app", trust=[allow(ASSUME, to=aws("*"), when={"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg"}})])
     .organisation(accounts=(A, B)), (EXT, APP, ASSUME, "allowed"))
case("a service that is trusted is nobody's", PRINCIPAL, World().user("ann", allow("*", "*")).role("app", trust=[allow(ASSUME, to={"Service": "lambda.amazonaws.com"})]), (ANN, APP, ASSUME, "denied"))
case("a trust by PrincipalArn", KEYS, World().user("ann", path="/team/").user("bob").role("app", trust=[allow(ASSUME, to=aws("*"), when={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{A}:user/team/*"}})]),
     (f"arn:aws:iam::{A}:user/team/ann", APP, ASSUME, "allowed"), (f"arn:aws:iam::{A}:user/bob", APP, ASSUME, "denied"))
case("the Deny of a trust", EVAL, World().user("ann", allow("*", "*")).role("app", trust=[allow(ASSUME, to=aws(A)), deny(ASSUME, to=aws("*"), when={"StringNotEquals": {"aws:username": "bob"}})]), (ANN, APP, ASSUME, "denied"))
case("a reserved role's policies are Identity Center's", "https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html",
     World().user("ann", allow("*", "*")).role("AWSReservedSSO_Admin_0123456789abcdef", allow("*", "*"), path="/aws-reserved/sso.amazonaws.com/"),
     (ANN, f"arn:aws:iam::{A}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef", "iam:PutRolePolicy", "denied"))
case("a service-linked role's policies are its service's", IAM + "id_roles_create-service-linked-role.html", World().user("ann", allow("*", "*"))
     .role("AWSServiceRoleForX", path="/aws-service-role/x.amazonaws.com/"), (ANN, f"arn:aws:iam::{A}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "iam:AttachRolePolicy", "denied"))
case("PassRole for one service", IAM + "id_roles_use_passrole.html", World().user("ann", allow("iam:PassRole", APP, when={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})).role("app"), (ANN, APP, "iam:PassRole", "allowed"))
case("PassRole of another role", IAM + "id_roles_use_passrole.html", World().user("ann", allow("iam:PassRole", APP)).role("app").role("admin", allow("*", "*")), (ANN, f"arn:aws:iam::{A}:role/admin", "iam:PassRole", "denied"))

# ---- Tokens of others ----


def github(**conditions):
    return World().role("app", allow("*", "*"), trust=[allow(WEB, to=GHP, when={"StringEquals": {f"{GH}:aud": "sts.amazonaws.com"}, **{k: {f"{GH}:sub": v} for k, v in conditions.items()}})])


for name, conditions, sign in [("without a subject", {}, "+"), ("for one repository", {"StringLike": "repo:acme/app:*"}, "-"), ("for every repository", {"StringLike": "repo:*"}, "+"),
                               ("for anything", {"StringLike": "*"}, "+"), ("for an owner's name that only begins so", {"StringLike": "repo:acme*"}, "+"),
                               ("for a repository of any owner", {"StringLike": "repo:*/app:*"}, "+"), ("for all of one owner", {"StringLike": "repo:acme/*"}, "-"),
                               ("for an environment of any owner", {"StringLike": "repo:*:environment:prod"}, "+"), ("for one branch", {"StringEquals": "repo:acme/app:ref:refs/heads/main"}, "-"),
                               ("with a star that is none", {"StringEquals": "repo:*"}, "-"), ("for one of two", {"StringLike": ["repo:acme/app:*", "repo:*/x:*"]}, "+"),
                               ("with a set that may be empty", {"ForAllValues:StringLike": "repo:acme/app:*"}, "-")]:
    case("GitHub's tokens " + name, OIDC, github(**conditions), (sign, "aws:anonymous", "CAN_ASSUME", APP))
case("GitHub's tokens but for strangers, by an RCP", RCP, github().organisation(rcps={"r-abcd": [deny(WEB, "*", "*", {"StringNotLikeIfExists": {f"{GH}:sub": "repo:acme/*"}})]}), ("-", "aws:anonymous", "CAN_ASSUME", APP))
case("GitHub's tokens of one owner by another claim", OIDC, World().role("app", trust=[allow(WEB, to=GHP, when={"StringEquals": {f"{GH}:repository_owner": "acme"}})]), ("-", "aws:anonymous", "CAN_ASSUME", APP))
case("tokens of GitHub with an audience of one's own", OIDC, World().role("app", trust=[allow(WEB, to=GHP, when={"StringEquals": {f"{GH}:aud": "https://acme.example"}})]), ("+", "aws:anonymous", "CAN_ASSUME", APP))
case("guests of an identity pool", "https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html", World().role("app", trust=[allow(WEB, to={"Federated": "cognito-identity.amazonaws.com"},
     when={"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:1234"}, "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"}})]), ("+", "aws:anonymous", "CAN_ASSUME", APP))
case("who has signed in to an identity pool", "https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html", World().role("app", trust=[allow(WEB, to={"Federated": "cognito-identity.amazonaws.com"},
     when={"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:1234"}, "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}})]), ("-", "aws:anonymous", "CAN_ASSUME", APP))
case("tokens of a cluster of one's own", OIDC, World().role("app", trust=[allow(WEB, to={"Federated": f"arn:aws:iam::{A}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/X"})]), ("-", "aws:anonymous", "CAN_ASSUME", APP))

# ---- Organisations ----
FULL = {"r-abcd": [], "ou-abcd-11111111": []}
WORLD = [allow("s3:*", "*")]
case("an SCP's Deny at the root", SCP, World().user("ann", *WORLD).bucket("data").organisation(scps={"r-abcd": [allow("*", "*"), deny("s3:*", "*")]}), (ANN, OBJ, GET, "denied"))
case("an SCP's Deny on the unit", SCP, World().user("ann", *WORLD).bucket("data").organisation(scps={"ou-abcd-11111111": [deny(GET, "*")]}), (ANN, OBJ, GET, "denied"), (ANN, OBJ, "s3:PutObject", "allowed"))
case("one level without Allow", SCP, World().user("ann", *WORLD).bucket("data").organisation(scps={"ou-abcd-11111111": [None, allow("ec2:*", "*")]}), (ANN, OBJ, GET, "denied"))
case("each level its own Allow", SCP, World().user("ann", *WORLD).bucket("data").organisation(scps={"r-abcd": [None, allow("s3:*", "*")], A: [None, allow(GET, "*")]}), (ANN, OBJ, GET, "allowed"), (ANN, OBJ, "s3:PutObject", "denied"))
case("the management account is not limited", SCP, World().user("ann", *WORLD, account=M).bucket("data", account=M).organisation(scps={"r-abcd": [deny("s3:*", "*")]}), (f"arn:aws:iam::{M}:user/ann", OBJ, GET, "allowed"))
case("a service-linked role is not limited", SCP, World().role("AWSServiceRoleForX", *WORLD, path="/aws-service-role/x.amazonaws.com/").bucket("data").organisation(scps={"r-abcd": [deny("s3:*", "*")]}),
     (f"arn:aws:iam::{A}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", OBJ, GET, "allowed"))
case("an SCP does not bind who comes from elsewhere", SCP, World().user("ext", *WORLD, account=B).bucket("data", allow("s3:*", ALL, aws(B))).organisation(scps={A: [deny("s3:*", "*")]}), (EXT, OBJ, GET, "allowed"))
case("an SCP limits its own where the bucket is elsewhere", SCP, World().user("ann", *WORLD).bucket("data", allow("s3:*", ALL, aws(A)), account=B).organisation(scps={A: [deny("s3:*", "*")]}), (ANN, OBJ, GET, "denied"))
case("only in some regions", SCP, World().user("ann", allow("*", "*")).queue("q").organisation(scps={"r-abcd": [deny(None, "*", NotAction=["iam:*", "sts:*"], when={"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}})]}),
     (ANN, arn("sqs", "q"), "sqs:SendMessage", "denied"))
case("an SCP that spares a role", SCP, World().role("app", *WORLD).role("admin", *WORLD).bucket("data").organisation(scps={"r-abcd": [deny("s3:*", "*", when={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}})]}),
     (APP, OBJ, GET, "denied"), (f"arn:aws:iam::{A}:role/admin", OBJ, GET, "allowed"))
OUT = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
case("an RCP shuts strangers out of buckets", RCP, World().user("ann", *WORLD).bucket("data", allow("s3:*", ALL, "*")).organisation(rcps={"r-abcd": [deny("s3:*", "*", "*", OUT)]}),
     (ANN, OBJ, GET, "allowed"), ("-", "aws:anyone", "CAN_READ", "arn:aws:s3:::data"), ("-", "aws:anonymous", "CAN_READ", "arn:aws:s3:::data"))
case("an RCP says nothing of topics", RCP, World().topic("t", allow("sns:Publish", arn("sns", "t"), aws("*"))).organisation(rcps={"r-abcd": [deny("*", "*", "*", OUT)]}), ("+", "aws:anyone", "CAN_WRITE", arn("sns", "t")))
case("an RCP shuts strangers out of roles", RCP, World().role("app", trust=[allow(ASSUME, to=aws("*"))]).organisation(rcps={"r-abcd": [deny("sts:*", "*", "*", OUT)]}), ("-", "aws:anyone", "CAN_ASSUME", APP))
case("an RCP does not bind the management account's buckets", RCP, World().bucket("data", allow("s3:*", ALL, "*"), account=M).organisation(rcps={"r-abcd": [deny("s3:*", "*", "*")]}), ("+", "aws:anyone", "CAN_READ", "arn:aws:s3:::data"))
case("an RCP gives nothing", RCP, World().user("ann").bucket("data").organisation(rcps={"r-abcd": [deny("s3:PutObject", "*", "*", OUT)]}), (ANN, OBJ, GET, "denied"))
case("paths of the organisation", KEYS, World().user("ann", *WORLD).user("ext", *WORLD, account=B).bucket("data", allow("s3:*", ALL, "*", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-exampleorg/r-abcd/ou-abcd-11111111/*"}}), account=B)
     .organisation(accounts=(A,)), (ANN, OBJ, GET, "allowed"), ("-", "aws:anyone", "CAN_READ", "arn:aws:s3:::data"))
case("paths without ForAnyValue", MULTI, World().user("ann", *WORLD).bucket("data", allow("s3:*", ALL, "*", {"StringLike": {"aws:PrincipalOrgPaths": "o-exampleorg/*"}}), account=B).organisation(accounts=(A,)), (ANN, OBJ, GET, "denied"))
case("only resources of one's own account", KEYS, World().user("ann", allow("s3:*", "*", when={"StringEquals": {"aws:ResourceAccount": A}})).bucket("data").bucket("theirs", allow("s3:*", "*", aws(A)), account=B),
     (ANN, OBJ, GET, "allowed"), (ANN, "arn:aws:s3:::theirs/x", GET, "denied"))

# ---- S3 ----
PUBLIC = allow(GET, ALL, "*")
for settings, sign in [((), "+"), (("BlockPublicAcls",), "+"), (("IgnorePublicAcls",), "+"), (("BlockPublicPolicy",), "+"), (("RestrictPublicBuckets",), "-")]:
    case("a public policy with " + (settings[0] if settings else "nothing"), BPA, World().bucket("data", PUBLIC, block=settings), (sign, "aws:anonymous", "CAN_READ", "arn:aws:s3:::data"))
    sign = "-" if settings == ("IgnorePublicAcls",) else "+"
    case("a public ACL with " + (settings[0] if settings else "nothing"), BPA, World().bucket("data", block=settings, ownership="ObjectWriter", grants=[("AllUsers", "WRITE")]), (sign, "aws:anonymous", "CAN_WRITE", "arn:aws:s3:::data"))
case("blocked for the account", BPA, World().bucket("data", PUBLIC).block_account(("RestrictPublicBuckets",)), ("-", "aws:anonymous", "CAN_READ", "arn:aws:s3:::data"), ("-", "aws:anyone", "CAN_READ", "arn:aws:s3:::data"))
case("ACLs ignored for the account", BPA, World().bucket("data", ownership="ObjectWriter", grants=[("AllUsers", "WRITE")]).block_account(("IgnorePublicAcls",)), ("-", "aws:anonymous", "CAN_WRITE", "arn:aws:s3:::data"))
case("blocked, but its own account is not", BPA, World().user("ann", *WORLD).bucket("data", PUBLIC, block=("RestrictPublicBuckets",)), (ANN, OBJ, GET, "allowed"))
case("blocked for another account too", BPA, World().user("ext", *WORLD, account=B).bucket("data", PUBLIC, block=("RestrictPublicBuckets",)), (EXT, OBJ, GET, "denied"))
case("a policy for one account is not public", BPA, World().user("ext", *WORLD, account=B).bucket("data", allow(GET, ALL, aws(B)), block=("RestrictPublicBuckets",)), (EXT, OBJ, GET, "allowed"))
case("one that the organisation narrows is not public", BPA, World().user("ext", *WORLD, account=B).bucket("data", allow(GET, ALL, "*", {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg"}}), block=("RestrictPublicBuckets",))
     .organisation(accounts=(A, B)), (EXT, OBJ, GET, "allowed"))
case("no ACLs where the owner is enforced", ACLS, World().bucket("data", grants=[("AllUsers", "WRITE")]), ("-", "aws:anonymous", "CAN_WRITE", "arn:aws:s3:::data"))
case("an ACL for everybody with an account", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html", World().bucket("data", ownership="BucketOwnerPreferred", grants=[("AuthenticatedUsers", "WRITE")]),
     ("+", "aws:anyone", "CAN_WRITE", "arn:aws:s3:::data"), ("-", "aws:anonymous", "CAN_WRITE", "arn:aws:s3:::data"))
case("a Deny beats the ACL", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html", World().bucket("data", deny("s3:*", ALL, "*"), ownership="ObjectWriter", grants=[("AllUsers", "WRITE")]),
     ("-", "aws:anonymous", "CAN_WRITE", "arn:aws:s3:::data"))
case("only through one endpoint", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html", World().user("ann", *WORLD).bucket("data", deny("s3:*", ALL, "*", {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})),
     (ANN, OBJ, GET, "if aws:SourceVpce is vpce-1"))
case("only by TLS", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html", World().user("ann", *WORLD).bucket("data", deny("s3:*", ALL, "*", {"Bool": {"aws:SecureTransport": "false"}})), (ANN, OBJ, GET, "allowed"))
case("only from an address", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html", World().user("ann", *WORLD).bucket("data", deny("s3:*", ALL, "*", {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}})),
     (ANN, OBJ, GET, "if 192.0.2.0/24"))
case("a referer is no protection", KEYS, World().bucket("data", allow(GET, ALL, "*", {"StringLike": {"aws:Referer": "https://example.com/*"}})), ("+", "aws:anonymous", "CAN_READ", "arn:aws:s3:::data"))

# ---- Keys ----
ROOT = allow("kms:*", "*", aws(A))
case("a key policy without the account", KMS + "key-policy-default.html", World().user("ann", allow("kms:*", "*")).user("bob").key("k", allow("kms:Decrypt", "*", aws("user/bob"))),
     (ANN, key("k"), "kms:Decrypt", "denied"), (f"arn:aws:iam::{A}:user/bob", key("k"), "kms:Decrypt", "allowed"))
case("a key policy that leaves it to IAM", KMS + "key-policy-default.html", World().user("ann", allow("kms:Decrypt", "*")).user("bob").key("k", ROOT), (ANN, key("k"), "kms:Decrypt", "allowed"), (f"arn:aws:iam::{A}:user/bob", key("k"), "kms:Decrypt", "denied"))
case("a key that a grant opens", KMS + "grants.html", World().user("ann", allow(GET, ALL)).key("k", allow("kms:*", "*", aws("role/nobody")), grants=[(ANN, ["Decrypt"])]).bucket("data", key=key("k")), ("+", ANN, "CAN_READ", "arn:aws:s3:::data"))
case("a grant of something else", KMS + "grants.html", World().user("ann", allow(GET, ALL)).key("k", allow("kms:*", "*", aws("role/nobody")), grants=[(ANN, ["Encrypt"])]).bucket("data", key=key("k")), ("-", ANN, "CAN_READ", "arn:aws:s3:::data"))
case("a bucket whose key one may not use", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html", World().user("ann", allow("s3:*", "*")).key("k", ROOT).bucket("data", key=key("k")), ("-", ANN, "CAN_READ", "arn:aws:s3:::data"))
case("a key only through S3", KMS + "conditions-kms.html", World().user("ann", allow(["s3:*", "kms:Decrypt"], "*")).key("k", allow("kms:*", "*", aws(A), {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}})).bucket("data", key=key("k")),
     ("+", ANN, "CAN_READ", "arn:aws:s3:::data"))
case("a key only through another service", KMS + "conditions-kms.html", World().user("ann", allow(["s3:*", "kms:Decrypt"], "*")).key("k", allow("kms:*", "*", aws(A), {"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}}))
     .bucket("data", key=key("k")), ("-", ANN, "CAN_READ", "arn:aws:s3:::data"))
case("everybody whose account is this", KMS + "conditions-kms.html", World().user("ann").user("ext", allow("kms:*", "*"), account=B).key("k", allow("kms:Decrypt", "*", aws("*"), {"StringEquals": {"kms:CallerAccount": A}})),
     (ANN, key("k"), "kms:Decrypt", "allowed"), (EXT, key("k"), "kms:Decrypt", "denied"))
case("a key takes no unsigned request", "https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html", World().key("k", allow("kms:Decrypt", "*", aws("*"))), ("+", "aws:anyone", "CAN_CALL", key("k")), ("-", "aws:anonymous", "CAN_CALL", key("k")))

# ---- Functions with a URL ----
URL = {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
F, VIA = arn("lambda", "function:f"), {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
BOTH = [allow("lambda:InvokeFunctionUrl", F, "*", URL), allow("lambda:InvokeFunction", F, "*", VIA)]
case("a URL for everybody", LAMBDA + "urls-auth.html", World().role("fn").function("f", *BOTH, url="NONE"), ("+", "aws:anonymous", "CAN_CALL", F))
case("a URL with one of the two rights", LAMBDA + "urls-auth.html", World().role("fn").function("f", BOTH[0], url="NONE"), ("-", "aws:anonymous", "CAN_CALL", F))
case("the other of the two rights", LAMBDA + "urls-auth.html", World().role("fn").function("f", BOTH[1], url="NONE"), ("-", "aws:anonymous", "CAN_CALL", F))
case("a URL that wants signed requests", LAMBDA + "urls-auth.html", World().role("fn").function("f", *BOTH, url="AWS_IAM"), ("-", "aws:anonymous", "CAN_CALL", F))
case("a policy for another kind of URL", LAMBDA + "urls-auth.html", World().role("fn").user("ann", allow("lambda:InvokeFunctionUrl", "*", when={"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}})).function("f", url="NONE"),
     (ANN, F, "lambda:InvokeFunctionUrl", "denied"))
case("everybody may invoke, but must sign", LAMBDA + "access-control-resource-based.html", World().role("fn").function("f", allow("lambda:InvokeFunction", F, "*")), ("+", "aws:anyone", "CAN_CALL", F), ("-", "aws:anonymous", "CAN_CALL", F))
case("a service may, for one account", IAM + "confused-deputy.html", World().role("fn").user("ann").function("f", allow("lambda:InvokeFunction", F, {"Service": "s3.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": A}})),
     (ANN, F, "lambda:InvokeFunction", "denied"), ("-", "aws:anyone", "CAN_CALL", F))

# ---- Conditions ----


def conditioned(when, **user):
    return World().user("ann", allow("s3:*", "*", when=when), **user).bucket("data", tags={"team": "red", "Sensitive": "yes"})


for name, page, when, verdict, more in [
    ("tags that agree", IAM + "access_tags.html", {"StringEquals": {"aws:PrincipalTag/team": "red"}}, "allowed", {"tags": {"team": "red"}}),
    ("tags that do not", IAM + "access_tags.html", {"StringEquals": {"aws:PrincipalTag/team": "red"}}, "denied", {"tags": {"team": "blue"}}),
    ("a tag's name has no case", IAM + "reference_policies_condition-keys.html", {"StringEquals": {"aws:PrincipalTag/TEAM": "red"}}, "allowed", {"tags": {"team": "red"}}),
    ("a tag's value has", OPS, {"StringEquals": {"aws:PrincipalTag/team": "RED"}}, "denied", {"tags": {"team": "red"}}),
    ("unless asked without", OPS, {"StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "RED"}}, "allowed", {"tags": {"team": "red"}}),
    ("a tag that is not there, negated", OPS, {"StringNotEquals": {"aws:PrincipalTag/team": "red"}}, "allowed", {}),
    ("a tag that is not there, IfExists", OPS, {"StringEqualsIfExists": {"aws:PrincipalTag/team": "red"}}, "allowed", {}),
    ("a tag that is there, Null", OPS, {"Null": {"aws:PrincipalTag/team": "false"}}, "allowed", {"tags": {"team": ""}}),
    ("a tag that is not there, Null", OPS, {"Null": {"aws:PrincipalTag/team": "true"}}, "allowed", {}),
    ("a list of values is an or", OPS, {"StringEquals": {"aws:PrincipalTag/team": ["blue", "red"]}}, "allowed", {"tags": {"team": "red"}}),
    ("a negated list is a nor", OPS, {"StringNotEquals": {"aws:PrincipalTag/team": ["blue", "red"]}}, "denied", {"tags": {"team": "red"}}),
    ("two keys are an and", OPS, {"StringEquals": {"aws:PrincipalTag/team": "red", "aws:PrincipalTag/role": "dev"}}, "denied", {"tags": {"team": "red"}}),
    ("two operators are an and", OPS, {"StringEquals": {"aws:PrincipalTag/team": "red"}, "StringNotEquals": {"aws:PrincipalTag/team": "red"}}, "denied", {"tags": {"team": "red"}}),
    ("StringEquals knows no star", OPS, {"StringEquals": {"aws:username": "a*"}}, "denied", {}),
    ("StringLike does", OPS, {"StringLike": {"aws:username": "a*"}}, "allowed", {}),
    ("a literal star", VARS, {"StringLike": {"aws:username": "a${*}"}}, "denied", {}),
    ("a literal question mark", VARS, {"StringLike": {"aws:username": "an${?}"}}, "denied", {}),
    ("ArnEquals has stars", OPS, {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{A}:user/a*"}}, "allowed", {}),
    ("StringEquals on an ARN with a star", OPS, {"StringEquals": {"aws:PrincipalArn": f"arn:aws:iam::{A}:user/*"}}, "denied", {}),
    ("an ARN's star stays in its segment", OPS, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*"}}, "denied", {}),
    ("but a text's does not", OPS, {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*"}}, "allowed", {}),
    ("a default that is used", VARS, {"StringEquals": {"aws:username": "${aws:PrincipalTag/alias, 'ann'}"}}, "allowed", {}),
    ("a default that is not", VARS, {"StringEquals": {"aws:username": "${aws:PrincipalTag/alias, 'ann'}"}}, "denied", {"tags": {"alias": "bob"}}),
    ("a variable that has no value", VARS, {"StringEquals": {"aws:username": "${aws:PrincipalTag/alias}"}}, "denied", {}),
    ("a direct call goes through nobody", KEYS, {"Bool": {"aws:ViaAWSService": "false"}}, "allowed", {}),
    ("a call through a service", KEYS, {"Bool": {"aws:ViaAWSService": "true"}}, "if aws:ViaAWSService is true", {}),
    ("called via one", KEYS, {"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}}, "if aws:CalledVia", {}),
    ("no service is a user", KEYS, {"Bool": {"aws:PrincipalIsAWSService": "true"}}, "denied", {}),
    ("the kind of principal", KEYS, {"StringEquals": {"aws:PrincipalType": "User"}}, "allowed", {}),
    ("another kind", KEYS, {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, "denied", {}),
    ("the second factor is left open", KEYS, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "if aws:MultiFactorAuthPresent is true", {}),
    ("its age as a number", OPS, {"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}, "if aws:MultiFactorAuthAge", {}),
    ("a truth that is no text", IAM + "reference_policies_grammar.html", {"Bool": {"aws:ViaAWSService": False}}, "allowed", {}),
    ("the time is left open", OPS, {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, "if aws:CurrentTime", {}),
    ("tags of the request are the caller's", MULTI, {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, "allowed", {}),
    ("and must be there for Any", MULTI, {"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}, "allowed", {}),
    ("a source is a service's only", KEYS, {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, "denied", {}),
    ("a user's id", KEYS, {"StringLike": {"aws:userid": "AIDA*"}}, "allowed", {}),
    ("a session's id is no user's", KEYS, {"StringLike": {"aws:userid": "AROA*:*"}}, "denied", {}),
    ("operators have no case", IAM + "reference_policies_grammar.html", {"stringequals": {"aws:username": "ann"}}, "allowed", {}),
    ("keys have none either", IAM + "reference_policies_grammar.html", {"StringEquals": {"AWS:UserName": "ann"}}, "allowed", {}),
    ("an empty condition is none", IAM + "reference_policies_grammar.html", {}, "allowed", {}),
]:
    case(name, page, conditioned(when, **more), (ANN, OBJ, GET, verdict))
case("one's own folder", VARS, World().user("ann", allow("s3:*", "arn:aws:s3:::data/${aws:username}/*")).role("app", allow("s3:*", "arn:aws:s3:::data/${aws:username}/*")).bucket("data"),
     (ANN, "arn:aws:s3:::data/ann/x", GET, "allowed"), (ANN, "arn:aws:s3:::data/bob/x", GET, "denied"), (APP, "arn:aws:s3:::data/app/x", GET, "denied"))
case("one's tag's folder", VARS, World().user("ann", allow("s3:*", "arn:aws:s3:::data/${aws:PrincipalTag/team}/*"), tags={"team": "red"}).bucket("data"), (ANN, "arn:aws:s3:::data/red/x", GET, "allowed"), (ANN, "arn:aws:s3:::data/blue/x", GET, "denied"))
case("a session's tags may come with it", IAM + "id_session-tags.html", World().role("app", allow("s3:*", "*", when={"StringEquals": {"aws:PrincipalTag/team": "red"}}), trust=[allow([ASSUME, "sts:TagSession"], to=aws(A))])
     .role("fix", allow("s3:*", "*", when={"StringEquals": {"aws:PrincipalTag/team": "red"}}), trust=[allow(ASSUME, to=aws(A))]).bucket("data"),
     (APP, OBJ, GET, "if aws:PrincipalTag/team is red"), (f"arn:aws:iam::{A}:role/fix", OBJ, GET, "denied"))
case("a role's id, with any session", KEYS, World().role("app", *WORLD).bucket("data", deny("s3:*", ALL, "*", {"StringNotLike": {"aws:userid": "AROAAPP111111111111AA:*"}})), (APP, OBJ, GET, "allowed"))

# ---- What hands out a role, and who is who in a cluster ----


def machine(endpoint):
    profile = f"arn:aws:iam::{A}:instance-profile/p"
    return (World().role("app", *WORLD).answer("iam-list-instance-profiles", {"InstanceProfiles": [{"InstanceProfileName": "p", "InstanceProfileId": "AIPA1234567890123456", "Arn": profile, "Path": "/",
            "Roles": [{"RoleName": "app", "Arn": APP, "Path": "/"}]}]})
            .answer("ec2-describe-instances", {"Reservations": [{"Instances": [{"InstanceId": "i-1", "State": {"Name": "running"}, "IamInstanceProfile": {"Arn": profile, "Id": "AIPA1"},
                                                                               "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": endpoint}}]}]}))


def access_entry(policy, scope):
    about = {"clusterName": "prod", "principalArn": APP}
    return World().role("app").put(f"{A}/{REGION}/eks-list-associated-access-policies.app", {"aisp": "aws-answer/1", "service": "eks", "operation": "list-associated-access-policies", "account": A, "region": REGION,
        "about": about, "answer": {**about, "associatedAccessPolicies": [{"policyArn": f"arn:aws:eks::aws:cluster-access-policy/{policy}", "accessScope": {"type": scope, "namespaces": []}}]}})


IMDS, ENTRY = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html", "https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html"
MASTERS = "k8s://prod/-/group/system:masters"
case("an instance with its metadata service", IMDS, machine("enabled"), ("+", arn("ec2", "instance/i-1"), "RUNS_AS", APP))
case("an instance without it", IMDS, machine("disabled"), ("-", arn("ec2", "instance/i-1"), "RUNS_AS", APP))
case("an access policy for all of a cluster", ENTRY, access_entry("AmazonEKSClusterAdminPolicy", "cluster"), ("+", APP, "MEMBER_OF", MASTERS))
case("the same for a namespace", ENTRY, access_entry("AmazonEKSClusterAdminPolicy", "namespace"), ("-", APP, "MEMBER_OF", MASTERS))
case("a lesser one", ENTRY, access_entry("AmazonEKSViewPolicy", "cluster"), ("-", APP, "MEMBER_OF", MASTERS))
