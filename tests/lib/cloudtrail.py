"""CloudTrail events, made up and always the same for a seed."""
import json
import random
import time
import uuid
import zlib

ROLES = [f"svc-{i:03d}" for i in range(120)]
BUCKETS = [f"company-data-{i:03d}" for i in range(60)]
START = 1761955200  # 2025-11-01T00:00:00Z


def stamp(second):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))


def event(r, i):
    account, region, role = r.choice(["111122223333", "444455556666"]), r.choice(["eu-central-1", "us-east-1"]), ROLES[int(r.random() ** 2 * 120)]
    own, now = zlib.crc32(role.encode()), stamp(START + i // 40 + r.randint(-30, 0))
    made = {
        "eventVersion": "1.09",
        "userIdentity": {"type": "AssumedRole", "principalId": f"AROA{own:012X}:{role}-session", "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{role}-session",
                         "accountId": account, "accessKeyId": f"ASIA{r.getrandbits(64):016X}",
                         "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{account}:role/{role}", "accountId": account, "userName": role},
                                            "attributes": {"creationDate": now, "mfaAuthenticated": "false"}}},
        "eventTime": now, "eventSource": "s3.amazonaws.com", "eventName": r.choice(["GetObject", "GetObject", "PutObject", "HeadObject"]), "awsRegion": region,
        "sourceIPAddress": f"10.{own % 4}.{own // 4 % 8}.{1 + int(r.random() * 4)}", "userAgent": "Boto3/1.34.84 md/Botocore#1.34.84",
    }
    bucket = BUCKETS[(own + int(r.random() ** 2 * 3)) % 60]
    key = f"year=2025/part-{r.randint(0, 99999):05d}.parquet"
    made["requestParameters"] = {"bucketName": bucket, "key": key}
    made["responseElements"] = None
    if r.random() < .03:
        made.update(errorCode="AccessDenied", errorMessage="not authorized to perform the operation")
    made.update(requestID=str(uuid.UUID(int=r.getrandbits(128))), eventID=str(uuid.UUID(int=r.getrandbits(128))), readOnly=True,
                resources=[{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"}, {"accountId": account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}],
                eventType="AwsApiCall", managementEvent=False, recipientAccountId=account, eventCategory="Data")
    return made


def events(n, seed=1):
    r = random.Random(seed)
    return [event(r, i) for i in range(n)]


def ndjson(made):
    return "".join(json.dumps(e, separators=(",", ":")) + "\n" for e in made)
