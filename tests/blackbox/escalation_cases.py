"""The ways by which one principal of AWS becomes another, as small accounts: for each of pathfinding.cloud's 65 paths (Datadog, Apache-2.0; ids and permissions only)
one account in which it is open, and harmless twins in which one thing is missing. Each case is an account of its own, so that one scan reads all.

A case: attacker user `attacker`, target `admin` (role or user), and the things that must exist. Twins:
  without-N   the N-th permission is missing
  denied      an explicit Deny on the last permission
  bounded     a permission boundary without the last permission
  untrusted   (roles handed to a service) the role trusts another service
  no-more     the target has no right that the attacker has not
"""
import json

ADMIN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

# id: (permissions, service that the role is handed to or None, thing that exists or None, what the attacker gets at)
NEW, EXISTING, USER, SELF, ROLE = "new", "existing", "user", "self", "role"
PASS = "iam:PassRole"
CI = ["bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"]
PATHS = {
    "apprunner-001": (NEW, [PASS, "apprunner:CreateService"], "tasks.apprunner.amazonaws.com", None),
    "apprunner-002": (EXISTING, ["apprunner:UpdateService"], None, "apprunner"),
    "bedrock-001": (NEW, [PASS, "bedrock-agentcore:CreateCodeInterpreter", *CI], "bedrock-agentcore.amazonaws.com", None),
    "bedrock-002": (EXISTING, CI, None, "interpreter"),
    "cloudformation-001": (NEW, [PASS, "cloudformation:CreateStack"], "cloudformation.amazonaws.com", None),
    "cloudformation-002": (EXISTING, ["cloudformation:UpdateStack"], None, "stack"),
    "cloudformation-003": (NEW, [PASS, "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"], "cloudformation.amazonaws.com", None),
    "cloudformation-004": (NEW, [PASS, "cloudformation:UpdateStackSet"], "cloudformation.amazonaws.com", "stackset"),
    "cloudformation-005": (EXISTING, ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"], None, "stack"),
    "codebuild-001": (NEW, [PASS, "codebuild:CreateProject", "codebuild:StartBuild"], "codebuild.amazonaws.com", None),
    "codebuild-002": (EXISTING, ["codebuild:StartBuild"], None, "project"),
    "codebuild-003": (EXISTING, ["codebuild:StartBuildBatch"], None, "project"),
    "codebuild-004": (NEW, [PASS, "codebuild:CreateProject", "codebuild:StartBuildBatch"], "codebuild.amazonaws.com", None),
    "datapipeline-001": (NEW, [PASS, "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"], "datapipeline.amazonaws.com", None),
    "ec2instanceconnect-003": (EXISTING, ["ec2-instance-connect:SendSSHPublicKey"], None, "instance"),
    "ec2-001": (NEW, [PASS, "ec2:RunInstances"], "ec2.amazonaws.com", None),
    "ec2-002": (EXISTING, ["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"], None, "instance"),
    "ec2-003": (NEW, [PASS, "ec2:RequestSpotInstances"], "ec2.amazonaws.com", None),
    "ec2-004": (EXISTING, ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"], None, "template"),
    "ecs-001": (NEW, [PASS, "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:CreateService"], "ecs-tasks.amazonaws.com", None),
    "ecs-002": (NEW, [PASS, "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:RunTask"], "ecs-tasks.amazonaws.com", None),
    "ecs-003": (NEW, [PASS, "ecs:RegisterTaskDefinition", "ecs:CreateService"], "ecs-tasks.amazonaws.com", "cluster"),
    "ecs-004": (NEW, [PASS, "ecs:RegisterTaskDefinition", "ecs:RunTask"], "ecs-tasks.amazonaws.com", "cluster"),
    "ecs-005": (NEW, [PASS, "ecs:RegisterTaskDefinition", "ecs:StartTask"], "ecs-tasks.amazonaws.com", "cluster"),
    "glue-001": (NEW, [PASS, "glue:CreateDevEndpoint"], "glue.amazonaws.com", None),
    "glue-002": (EXISTING, ["glue:UpdateDevEndpoint"], None, "devendpoint"),
    "glue-003": (NEW, [PASS, "glue:CreateJob", "glue:StartJobRun"], "glue.amazonaws.com", None),
    "glue-004": (NEW, [PASS, "glue:CreateJob", "glue:CreateTrigger"], "glue.amazonaws.com", None),
    "glue-005": (NEW, [PASS, "glue:UpdateJob", "glue:StartJobRun"], "glue.amazonaws.com", "gluejob"),
    "glue-006": (NEW, [PASS, "glue:UpdateJob", "glue:CreateTrigger"], "glue.amazonaws.com", "gluejob"),
    "iam-001": (SELF, ["iam:CreatePolicyVersion"], None, None),
    "iam-002": (USER, ["iam:CreateAccessKey"], None, None),
    "iam-003": (USER, ["iam:CreateAccessKey", "iam:DeleteAccessKey"], None, "keys"),
    "iam-004": (USER, ["iam:CreateLoginProfile"], None, None),
    "iam-005": (SELF, ["iam:PutRolePolicy"], None, "as-role"),
    "iam-006": (USER, ["iam:UpdateLoginProfile"], None, "console"),
    "iam-007": (SELF, ["iam:PutUserPolicy"], None, None),
    "iam-008": (SELF, ["iam:AttachUserPolicy"], None, None),
    "iam-009": (SELF, ["iam:AttachRolePolicy"], None, "as-role"),
    "iam-010": (SELF, ["iam:AttachGroupPolicy"], None, "in-group"),
    "iam-011": (SELF, ["iam:PutGroupPolicy"], None, "in-group"),
    "iam-012": (ROLE, ["iam:UpdateAssumeRolePolicy"], None, None),
    "iam-013": (SELF, ["iam:AddUserToGroup"], None, "admin-group"),
    "iam-014": (ROLE, ["iam:AttachRolePolicy", "sts:AssumeRole"], None, "weak-trusting"),
    "iam-015": (USER, ["iam:AttachUserPolicy", "iam:CreateAccessKey"], None, "weak"),
    "iam-016": (ROLE, ["iam:CreatePolicyVersion", "sts:AssumeRole"], None, "weak-trusting"),
    "iam-017": (ROLE, ["iam:PutRolePolicy", "sts:AssumeRole"], None, "weak-trusting"),
    "iam-018": (USER, ["iam:PutUserPolicy", "iam:CreateAccessKey"], None, "weak"),
    "iam-019": (ROLE, ["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"], None, "weak"),
    "iam-020": (ROLE, ["iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy"], None, "weak"),
    "iam-021": (ROLE, ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"], None, "weak"),
    "lambda-001": (NEW, [PASS, "lambda:CreateFunction", "lambda:InvokeFunction"], "lambda.amazonaws.com", None),
    "lambda-002": (NEW, [PASS, "lambda:CreateFunction", "lambda:CreateEventSourceMapping"], "lambda.amazonaws.com", None),
    "lambda-003": (EXISTING, ["lambda:UpdateFunctionCode"], None, "function"),
    "lambda-004": (EXISTING, ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], None, "function"),
    "lambda-005": (EXISTING, ["lambda:UpdateFunctionCode", "lambda:AddPermission"], None, "function"),
    "lambda-006": (NEW, [PASS, "lambda:CreateFunction", "lambda:AddPermission"], "lambda.amazonaws.com", None),
    "sagemaker-001": (NEW, [PASS, "sagemaker:CreateNotebookInstance"], "sagemaker.amazonaws.com", None),
    "sagemaker-002": (NEW, [PASS, "sagemaker:CreateTrainingJob"], "sagemaker.amazonaws.com", None),
    "sagemaker-003": (NEW, [PASS, "sagemaker:CreateProcessingJob"], "sagemaker.amazonaws.com", None),
    "sagemaker-004": (EXISTING, ["sagemaker:CreatePresignedNotebookInstanceUrl"], None, "notebook"),
    "sagemaker-005": (EXISTING, ["sagemaker:CreateNotebookInstanceLifecycleConfig", "sagemaker:StopNotebookInstance", "sagemaker:UpdateNotebookInstance",
                                 "sagemaker:StartNotebookInstance"], None, "notebook"),
    "ssm-001": (EXISTING, ["ssm:StartSession"], None, "instance"),
    "ssm-002": (EXISTING, ["ssm:SendCommand"], None, "instance"),
    "sts-001": (ROLE, ["sts:AssumeRole"], None, "trusting"),
}
SERVICE_OF = {"apprunner": "tasks.apprunner", "interpreter": "bedrock-agentcore", "stack": "cloudformation", "stackset": "cloudformation", "project": "codebuild", "instance": "ec2", "template": "ec2",
              "devendpoint": "glue", "gluejob": "glue", "function": "lambda", "notebook": "sagemaker"}
# A sub-path whose rights contain another path's: taking the named permission away leaves that other way open.
# (Without the right to make a cluster one that is there will do; that there is none is not known.)
SUBSUMED = {("iam-003", 2), ("lambda-004", 2), ("lambda-005", 2), ("ecs-001", 2), ("ecs-002", 2)}


def allow(actions):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}


def trust(principal):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}


def things(kind, account, role):
    """Saved answers of the AWS command line for the thing that exists: file name → document."""
    region, profile = "us-east-1", f"arn:aws:iam::{account}:instance-profile/admin"
    arn = lambda service, rest: f"arn:aws:{service}:{region}:{account}:{rest}"
    return {
        "apprunner": {"apprunner": {"Service": {"ServiceName": "web", "ServiceArn": arn("apprunner", "service/web/1"), "InstanceConfiguration": {"InstanceRoleArn": role}}}},
        "interpreter": {"interpreter": {"codeInterpreterId": "ci-1", "codeInterpreterArn": arn("bedrock-agentcore", "code-interpreter-custom/ci-1"), "name": "ci", "executionRoleArn": role,
                                        "status": "READY", "networkConfiguration": {"networkMode": "PUBLIC"}}},
        "stack": {"stacks": {"Stacks": [{"StackName": "app", "StackId": arn("cloudformation", "stack/app/1"), "RoleARN": role, "StackStatus": "CREATE_COMPLETE", "CreationTime": "2026-01-01T00:00:00Z"}]}},
        "stackset": {"stackset": {"StackSet": {"StackSetName": "org", "StackSetId": "org:1", "StackSetARN": arn("cloudformation", "stackset/org:1"), "Status": "ACTIVE", "AdministrationRoleARN": role,
                                               "ExecutionRoleName": role.split("/")[-1]}}},
        "project": {"projects": {"projects": [{"name": "build", "arn": arn("codebuild", "project/build"), "serviceRole": role, "source": {"type": "NO_SOURCE"}}]}},
        "instance": {"instances": {"Reservations": [{"OwnerId": account, "Instances": [{"InstanceId": "i-0abc", "State": {"Name": "running"}, "IamInstanceProfile": {"Arn": profile},
                                                                                        "Placement": {"AvailabilityZone": "us-east-1a"}}]}]}},
        "template": {"templates": {"LaunchTemplateVersions": [{"LaunchTemplateId": "lt-0abc", "LaunchTemplateName": "web", "VersionNumber": 1, "DefaultVersion": True,
                                                               "CreatedBy": f"arn:aws:iam::{account}:root", "LaunchTemplateData": {"IamInstanceProfile": {"Arn": profile}}}]}},
        "devendpoint": {"devendpoints": {"DevEndpoints": [{"EndpointName": "dev", "RoleArn": role, "AvailabilityZone": "us-east-1a"}]}},
        "gluejob": {"gluejobs": {"Jobs": [{"Name": "etl", "Role": f"arn:aws:iam::{account}:role/etl", "Command": {"Name": "glueetl", "ScriptLocation": f"s3://scripts-{account}/y.py"}}]}},
        "function": {"functions": {"Functions": [{"FunctionName": "fn", "FunctionArn": arn("lambda", "function:fn"), "Role": role, "Runtime": "python3.12"}]}},
        "notebook": {"notebook": {"NotebookInstanceName": "nb", "NotebookInstanceArn": arn("sagemaker", "notebook-instance/nb"), "RoleArn": role, "NotebookInstanceStatus": "InService"}},
        "cluster": {"clusters": {"clusters": [{"clusterName": "main", "clusterArn": arn("ecs", "cluster/main"), "status": "ACTIVE"}]}},
    }.get(kind, {})


def case(path, twin, account):
    """The files of one case: name → JSON document; and (attacker, target) as ARNs. None: this twin makes no sense here."""
    kind, permissions, service, thing = PATHS[path]
    iam = f"arn:aws:iam::{account}"
    permissions = list(permissions)
    # On the target only: the same right on oneself would be another way.
    statements = [{"Effect": "Allow", "Action": list(permissions), "Resource": f"{iam}:user/admin" if (kind, thing) == (USER, "weak") else "*"}]
    boundary = None
    if twin.startswith("without-"):
        n = int(twin[8:])
        if n > len(permissions) or (path, n) in SUBSUMED:
            return None
        del statements[0]["Action"][n - 1]
        if not statements[0]["Action"]:
            statements[0]["Action"] = ["sts:GetCallerIdentity"]
    elif twin == "denied":
        if (path, len(permissions)) in SUBSUMED:
            return None
        statements.append({"Effect": "Deny", "Action": permissions[-1], "Resource": "*"})
    elif twin == "bounded":
        if (path, len(permissions)) in SUBSUMED:
            return None
        boundary = allow(["s3:*", *permissions[:-1]])
    elif twin == "untrusted":
        if kind != NEW:
            return None
    elif twin == "no-more":
        # Whom a trust policy names is told in any case: taking the role is a fact, if an idle one.
        if kind in (EXISTING, SELF) or thing in ("weak", "weak-trusting", "trusting"):
            return None
    as_role, weak = thing == "as-role", thing in ("weak", "weak-trusting")
    policy_arn = f"{iam}:policy/attacker"
    managed = path == "iam-001"
    policies = []
    attacker_arn = f"{iam}:role/attacker" if as_role else f"{iam}:user/attacker"
    document = {"Version": "2012-10-17", "Statement": statements}
    attacker = {"Arn": attacker_arn, "CreateDate": "2026-01-01T00:00:00Z", "Path": "/"}
    if managed:
        policies.append((policy_arn, document))
        attacker["AttachedManagedPolicies"] = [{"PolicyName": "attacker", "PolicyArn": policy_arn}]
    else:
        attacker["RolePolicyList" if as_role else "UserPolicyList"] = [{"PolicyName": "p", "PolicyDocument": document}]
    if boundary:
        policies.append((f"{iam}:policy/boundary", boundary))
        attacker["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": f"{iam}:policy/boundary"}
    users, roles, groups = [], [], []
    # A right that nobody but the target has, unless this is the twin in which it has no more.
    rights = allow(["sts:GetCallerIdentity"]) if twin == "no-more" or weak else ADMIN
    target_arn = None
    if kind in (NEW, EXISTING, ROLE):
        target_arn = f"{iam}:role/admin"
        principal = {"Service": service or SERVICE_OF.get(thing, "ec2") + ".amazonaws.com"}
        if twin == "untrusted":
            principal = {"Service": "transfer.amazonaws.com"}
        if thing in ("trusting", "weak-trusting"):
            principal = {"AWS": attacker_arn}
            if thing == "weak-trusting" or thing == "trusting":
                principal = {"AWS": f"{iam}:root"}
        role = {"RoleName": "admin", "Arn": target_arn, "Path": "/", "RoleId": "AROAADMIN", "AssumeRolePolicyDocument": trust(principal), "RolePolicyList": [],
                "InstanceProfileList": [{"InstanceProfileName": "admin", "Arn": f"{iam}:instance-profile/admin", "Roles": [{"RoleName": "admin", "Arn": target_arn}]}]}
        if weak and "iam:CreatePolicyVersion" in permissions:
            policies.append((f"{iam}:policy/weak", rights))
            role["AttachedManagedPolicies"] = [{"PolicyName": "weak", "PolicyArn": f"{iam}:policy/weak"}]
        else:
            role["RolePolicyList"] = [{"PolicyName": "rights", "PolicyDocument": rights}]
        roles.append(role)
    elif kind == USER:
        target_arn = f"{iam}:user/admin"
        users.append({"UserName": "admin", "UserId": "AIDAADMIN", "Arn": target_arn, "Path": "/", "UserPolicyList": [{"PolicyName": "rights", "PolicyDocument": rights}]})
    if thing in ("in-group", "admin-group"):
        g = {"GroupName": "g", "GroupId": "AGPAG", "Arn": f"{iam}:group/g", "Path": "/"}
        g["GroupPolicyList"] = [{"PolicyName": "rights", "PolicyDocument": ADMIN}] if thing == "admin-group" else []
        groups.append(g)
        if thing == "in-group":
            attacker["GroupList"] = ["g"]
    if as_role:
        roles.append({"RoleName": "attacker", "RoleId": "AROAATT", "AssumeRolePolicyDocument": trust({"Service": "ec2.amazonaws.com"}), **attacker})
    else:
        users.append({"UserName": "attacker", "UserId": "AIDAATT", **attacker})
    if thing == "gluejob":
        etl = {"RoleName": "etl", "Arn": f"{iam}:role/etl", "Path": "/", "RoleId": "AROAETL", "AssumeRolePolicyDocument": trust({"Service": "glue.amazonaws.com"}), "RolePolicyList": []}
        roles.append(etl)
    gaad = {"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles,
            "Policies": [{"PolicyName": a.split("/")[-1], "Arn": a, "Path": "/", "DefaultVersionId": "v1", "IsAttachable": True,
                          "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": d}]} for a, d in policies]}
    files = {"gaad": gaad, **things(thing, account, target_arn or "")}
    if thing == "keys":
        files["keys"] = {"AccessKeyMetadata": [{"UserName": "admin", "AccessKeyId": f"AKIAEXAMPLE{account[-6:]}{i}AAA"[:20], "Status": "Active"} for i in range(2)]}
    if kind == USER:
        # The credential report says who has a password.
        import base64
        rows = ["user,arn,user_creation_time,password_enabled,mfa_active", f"admin,{target_arn},2026-01-01T00:00:00+00:00,{'true' if thing == 'console' else 'false'},false"]
        files["report"] = {"Content": base64.b64encode("\n".join(rows).encode()).decode(), "ReportFormat": "text/csv", "GeneratedTime": "2026-01-01T00:00:00Z"}
    return files, attacker_arn, target_arn, kind, weak


def write(folder):
    """Writes all cases; returns a list of (path, twin, attacker, target, kind, weak)."""
    out, number = [], 100000000000
    for path in PATHS:
        for twin in ["open", *(f"without-{i}" for i in range(1, 6)), "denied", "bounded", "untrusted", "no-more"]:
            number += 1
            made = case(path, twin, str(number))
            if not made:
                continue
            files, attacker, target, kind, weak = made
            at = folder / f"{path}.{twin}"
            at.mkdir(parents=True)
            for name, doc in files.items():
                (at / f"{name}.json").write_text(json.dumps(doc, indent=1))
            out.append((path, twin, attacker, target, kind, weak))
    return out
