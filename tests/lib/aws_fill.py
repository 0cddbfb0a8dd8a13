"""Fills a mock AWS (moto server) with a small company, as its Terraform would."""
import io
import json
import zipfile

import boto3
from botocore.config import Config

ASSUME = lambda service: json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})
DOC = lambda action, resource: json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})


def client(endpoint, service, region="us-east-1"):
    return boto3.client(service, endpoint_url=endpoint, region_name=region, aws_access_key_id="testing", aws_secret_access_key="testing",
                        config=Config(retries={"max_attempts": 2}))


def fill(endpoint):
    """→ names of what was made."""
    c = lambda s, region="us-east-1": client(endpoint, s, region)
    iam, made = c("iam"), {}
    role = iam.create_role(RoleName="support-bot", AssumeRolePolicyDocument=ASSUME("lambda.amazonaws.com"), Tags=[{"Key": "team", "Value": "true"}])["Role"]
    iam.put_role_policy(RoleName="support-bot", PolicyName="read-docs", PolicyDocument=DOC(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::acme-docs", "arn:aws:s3:::acme-docs/*"]))
    invoke = iam.create_policy(PolicyName="invoke-models", PolicyDocument=DOC("bedrock:InvokeModel", "*"))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="support-bot", PolicyArn=invoke)
    iam.create_group(GroupName="developers")
    iam.put_group_policy(GroupName="developers", PolicyName="pass-bot", PolicyDocument=DOC(["iam:PassRole", "lambda:*"], "*"))
    for n in range(3):
        iam.create_user(UserName=f"dev{n}")
        iam.add_user_to_group(GroupName="developers", UserName=f"dev{n}")
    iam.create_access_key(UserName="dev0")
    iam.create_user(UserName="zoe+x@example.com")
    iam.create_instance_profile(InstanceProfileName="worker")
    iam.add_role_to_instance_profile(InstanceProfileName="worker", RoleName="support-bot")
    iam.create_open_id_connect_provider(Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40])
    s3 = c("s3")
    s3.create_bucket(Bucket="acme-docs")
    s3.put_bucket_policy(Bucket="acme-docs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": role["Arn"]}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-docs/*"}]}))
    s3.put_public_access_block(Bucket="acme-docs", PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
                                                                                   "RestrictPublicBuckets": True})
    s3.put_bucket_tagging(Bucket="acme-docs", Tagging={"TagSet": [{"Key": "data", "Value": "customer"}, {"Key": "n", "Value": "7"}]})
    s3.create_bucket(Bucket="acme.logs")
    c("s3", "eu-west-1").create_bucket(Bucket="acme-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    key = c("kms").create_key(Description="docs")["KeyMetadata"]
    c("kms").create_alias(AliasName="alias/docs", TargetKeyId=key["KeyId"])
    c("secretsmanager").create_secret(Name="db/password", SecretString="hunter2-not-real")
    c("ssm").put_parameter(Name="/app/model", Value="m", Type="String")
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w") as z:
        z.writestr("app.py", "def handler(e, c): return e")
    c("lambda").create_function(FunctionName="chat", Runtime="python3.12", Role=role["Arn"], Handler="app.handler", Code={"ZipFile": blob.getvalue()},
                                Environment={"Variables": {"BUCKET": "acme-docs"}})
    c("lambda").add_permission(FunctionName="chat", StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com")
    c("dynamodb").create_table(TableName="sessions", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                               AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    c("sqs").create_queue(QueueName="jobs")
    c("sns").create_topic(Name="alarms")
    ec2 = c("ec2")
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made["instance"] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", SecurityGroupIds=[group],
                                         IamInstanceProfile={"Name": "worker"})["Instances"][0]["InstanceId"]
    c("sagemaker").create_model(ModelName="ranker", ExecutionRoleArn=role["Arn"], PrimaryContainer={"Image": "acme/ranker:1", "ModelDataUrl": "s3://acme-docs/m.tar.gz"})
    c("sagemaker").create_notebook_instance(NotebookInstanceName="lab", InstanceType="ml.t3.medium", RoleArn=role["Arn"])
    c("ecr").create_repository(repositoryName="acme/ranker")
    c("rds").create_db_instance(DBInstanceIdentifier="app", DBInstanceClass="db.t3.micro", Engine="postgres", MasterUsername="root", MasterUserPassword="not-real-pw", AllocatedStorage=20,
                                PubliclyAccessible=True)
    c("apigatewayv2").create_api(Name="chat", ProtocolType="HTTP")
    c("apigateway").create_rest_api(name="old")
    c("stepfunctions").create_state_machine(name="flow", definition="{}", roleArn=role["Arn"])
    ecs = c("ecs")
    ecs.create_cluster(clusterName="main")
    ecs.register_task_definition(family="worker", taskRoleArn=role["Arn"], containerDefinitions=[{"name": "w", "image": "acme/w:1", "memory": 64}])
    ecs.create_service(cluster="main", serviceName="worker", taskDefinition="worker", desiredCount=0)
    c("opensearch").create_domain(DomainName="search")
    c("organizations").create_organization(FeatureSet="ALL")
    made.update(role=role["Arn"], policy=invoke, key=key["Arn"], group=group)
    return made


if __name__ == "__main__":
    import sys
    print(json.dumps(fill(sys.argv[1])))
