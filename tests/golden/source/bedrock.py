import boto3, json

MODEL_ID = "anthropic.claude-3-5-sonnet-20240620-v1:0"
runtime = boto3.client("bedrock-runtime", region_name="us-east-1")
s3 = boto3.client("s3")


def ask(prompt):
    body = json.dumps({"prompt": prompt})
    return runtime.invoke_model(modelId=MODEL_ID, body=body)


def talk(messages):
    return runtime.converse(modelId="amazon.nova-pro-v1:0", messages=messages)


s3.get_object(Bucket="training-data", Key="tickets/2024.csv")
