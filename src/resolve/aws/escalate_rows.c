/* The ways. Permissions and conditions: pathfinding.cloud (Datadog) for the numbered ones, AWS's documentation of each action. */
#include "resolve/aws/escalate.h"

#define NEW(a, arn) {a, AISP_AWS_ON_NEW, arn}
#define IT(a) {a, AISP_AWS_ON_VEHICLE, 0}
#define T(a) {a, AISP_AWS_ON_TARGET, 0}
#define PASS(id, service, how, ...) {id, AISP_AWS_NEW, service, 0, 0, {__VA_ARGS__}, 0, how, 0}
#define PASS_WHERE(id, service, vehicle, how, ...) {id, AISP_AWS_NEW, service, vehicle, 0, {__VA_ARGS__}, 0, how, 0}
#define TAKE(id, vehicle, how, ...) {id, AISP_AWS_EXISTING, 0, vehicle, 0, {__VA_ARGS__}, 0, how, 0}
#define TAKE_IF(id, vehicle, given, how, ...) {id, AISP_AWS_EXISTING, 0, vehicle, 0, {__VA_ARGS__}, 0, how, given}
#define BECOME(id, target, needs, how, ...) {id, AISP_AWS_BECOME, 0, 0, AISP_IAM_##target, {__VA_ARGS__}, needs, how, 0}
#define POLICIES(id, target, needs, how, ...) {id, AISP_AWS_POLICIES, 0, 0, AISP_IAM_##target, {__VA_ARGS__}, needs, how, 0}

#define FUNCTION "lambda:${Region}:function:*"
#define MAPPING "lambda:${Region}:event-source-mapping:*"
#define INSTANCE "ec2:${Region}:instance/*"
#define SPOT "ec2:${Region}:spot-instances-request/*"
#define TASKDEF "ecs:${Region}:task-definition/*:*"
#define ECS_CLUSTER "ecs:${Region}:cluster/*"
#define ECS_SERVICE "ecs:${Region}:service/*/*"
#define STACK "cloudformation:${Region}:stack/*/*"
#define STACKSET "cloudformation:${Region}:stackset/*:*"
#define PROJECT "codebuild:${Region}:project/*"
#define DEVENDPOINT "glue:${Region}:devEndpoint/*"
#define GLUE_JOB "glue:${Region}:job/*"
#define GLUE_TRIGGER "glue:${Region}:trigger/*"
#define NOTEBOOK "sagemaker:${Region}:notebook-instance/*"
#define LIFECYCLE "sagemaker:${Region}:notebook-instance-lifecycle-config/*"
#define INTERPRETER "bedrock-agentcore:${Region}:code-interpreter-custom/*"

const struct aisp_aws_way_row aisp_aws_way_rows[] = {
	/* Passing a role to something new */
	PASS("apprunner-001", "tasks.apprunner.amazonaws.com", "start an App Runner service with the role", NEW("apprunner:CreateService", "apprunner:${Region}:service/*/*")),
	PASS("bedrock-001", "bedrock-agentcore.amazonaws.com", "run code in a new code interpreter with the role",
	     NEW("bedrock-agentcore:CreateCodeInterpreter", INTERPRETER), NEW("bedrock-agentcore:StartCodeInterpreterSession", INTERPRETER), NEW("bedrock-agentcore:InvokeCodeInterpreter", INTERPRETER)),
	PASS("cloudformation-001", "cloudformation.amazonaws.com", "create a stack that works with the role", NEW("cloudformation:CreateStack", STACK)),
	PASS("cloudformation-003", "cloudformation.amazonaws.com", "deploy a stack set with the role", NEW("cloudformation:CreateStackSet", STACKSET), NEW("cloudformation:CreateStackInstances", STACKSET)),
	PASS("codebuild-001", "codebuild.amazonaws.com", "run a build with the role", NEW("codebuild:CreateProject", PROJECT), NEW("codebuild:StartBuild", PROJECT)),
	PASS("codebuild-004", "codebuild.amazonaws.com", "run a batch of builds with the role", NEW("codebuild:CreateProject", PROJECT), NEW("codebuild:StartBuildBatch", PROJECT)),
	PASS("datapipeline-001", "datapipeline.amazonaws.com", "run a pipeline with the role",
	     NEW("datapipeline:CreatePipeline", ""), NEW("datapipeline:PutPipelineDefinition", ""), NEW("datapipeline:ActivatePipeline", "")),
	PASS("datapipeline-001", "elasticmapreduce.amazonaws.com", "run a pipeline with the role",
	     NEW("datapipeline:CreatePipeline", ""), NEW("datapipeline:PutPipelineDefinition", ""), NEW("datapipeline:ActivatePipeline", "")),
	PASS("ec2-001", "ec2.amazonaws.com", "start an instance with the role", NEW("ec2:RunInstances", INSTANCE)),
	PASS("ec2-003", "ec2.amazonaws.com", "request a spot instance with the role", NEW("ec2:RequestSpotInstances", SPOT)),
	PASS("ecs-001", "ecs-tasks.amazonaws.com", "run a service with the role in a new cluster",
	     NEW("ecs:CreateCluster", ECS_CLUSTER), NEW("ecs:RegisterTaskDefinition", TASKDEF), NEW("ecs:CreateService", ECS_SERVICE)),
	PASS("ecs-002", "ecs-tasks.amazonaws.com", "run a task with the role in a new cluster",
	     NEW("ecs:CreateCluster", ECS_CLUSTER), NEW("ecs:RegisterTaskDefinition", TASKDEF), NEW("ecs:RunTask", TASKDEF)),
	PASS_WHERE("ecs-003", "ecs-tasks.amazonaws.com", "ecs:cluster", "run a service with the role", NEW("ecs:RegisterTaskDefinition", TASKDEF), NEW("ecs:CreateService", ECS_SERVICE)),
	PASS_WHERE("ecs-004", "ecs-tasks.amazonaws.com", "ecs:cluster", "run a task with the role", NEW("ecs:RegisterTaskDefinition", TASKDEF), NEW("ecs:RunTask", TASKDEF)),
	PASS_WHERE("ecs-005", "ecs-tasks.amazonaws.com", "ecs:cluster", "start a task with the role on an instance", NEW("ecs:RegisterTaskDefinition", TASKDEF),
	     NEW("ecs:StartTask", TASKDEF)),
	PASS("glue-001", "glue.amazonaws.com", "open a development endpoint with the role", NEW("glue:CreateDevEndpoint", DEVENDPOINT)),
	PASS("glue-003", "glue.amazonaws.com", "run a Glue job with the role", NEW("glue:CreateJob", GLUE_JOB), NEW("glue:StartJobRun", GLUE_JOB)),
	PASS("glue-004", "glue.amazonaws.com", "run a Glue job with the role by a trigger", NEW("glue:CreateJob", GLUE_JOB), NEW("glue:CreateTrigger", GLUE_TRIGGER)),
	PASS_WHERE("glue-005", "glue.amazonaws.com", "glue:job", "give an existing Glue job the role and code of its own", IT("glue:UpdateJob"), IT("glue:StartJobRun")),
	PASS_WHERE("glue-006", "glue.amazonaws.com", "glue:job", "give an existing Glue job the role and code of its own, and start it by a trigger", IT("glue:UpdateJob"),
	     NEW("glue:CreateTrigger", GLUE_TRIGGER)),
	PASS("lambda-001", "lambda.amazonaws.com", "create a function with the role and invoke it", NEW("lambda:CreateFunction", FUNCTION), NEW("lambda:InvokeFunction", FUNCTION)),
	PASS("lambda-002", "lambda.amazonaws.com", "create a function with the role that an event starts", NEW("lambda:CreateFunction", FUNCTION), NEW("lambda:CreateEventSourceMapping", MAPPING)),
	PASS("lambda-006", "lambda.amazonaws.com", "create a function with the role and let others invoke it", NEW("lambda:CreateFunction", FUNCTION), NEW("lambda:AddPermission", FUNCTION)),
	PASS("sagemaker-001", "sagemaker.amazonaws.com", "open a notebook with the role", NEW("sagemaker:CreateNotebookInstance", NOTEBOOK)),
	PASS("sagemaker-002", "sagemaker.amazonaws.com", "run a training job with the role", NEW("sagemaker:CreateTrainingJob", "sagemaker:${Region}:training-job/*")),
	PASS("sagemaker-003", "sagemaker.amazonaws.com", "run a processing job with the role", NEW("sagemaker:CreateProcessingJob", "sagemaker:${Region}:processing-job/*")),
	PASS_WHERE("cloudformation-004", "cloudformation.amazonaws.com", "cloudformation:stackset", "change a stack set that works with the role", IT("cloudformation:UpdateStackSet")),
	/* Not in that catalogue */
	PASS("aisp-sagemaker-model", "sagemaker.amazonaws.com", "deploy a model's container with the role", NEW("sagemaker:CreateModel", "sagemaker:${Region}:model/*"),
	     NEW("sagemaker:CreateEndpointConfig", "sagemaker:${Region}:endpoint-config/*"), NEW("sagemaker:CreateEndpoint", "sagemaker:${Region}:endpoint/*")),
	PASS("aisp-sagemaker-pipeline", "sagemaker.amazonaws.com", "run a pipeline with the role", NEW("sagemaker:CreatePipeline", "sagemaker:${Region}:pipeline/*"),
	     NEW("sagemaker:StartPipelineExecution", "sagemaker:${Region}:pipeline/*")),
	PASS("aisp-bedrock-runtime", "bedrock-agentcore.amazonaws.com", "deploy an agent's container with the role", NEW("bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:${Region}:runtime/*"),
	     NEW("bedrock-agentcore:InvokeAgentRuntime", "bedrock-agentcore:${Region}:runtime/*")),
	PASS("aisp-states", "states.amazonaws.com", "run a state machine with the role", NEW("states:CreateStateMachine", "states:${Region}:stateMachine:*"),
	     NEW("states:StartExecution", "states:${Region}:stateMachine:*")),
	PASS("aisp-batch", "ecs-tasks.amazonaws.com", "run a batch job with the role", NEW("batch:RegisterJobDefinition", "batch:${Region}:job-definition/*:*"),
	     NEW("batch:SubmitJob", "batch:${Region}:job-definition/*:*")),
	PASS("aisp-emr-serverless", "emr-serverless.amazonaws.com", "run a Spark job with the role", NEW("emr-serverless:StartJobRun", "emr-serverless:${Region}:/applications/*")),
	PASS("aisp-ssm-automation", "ssm.amazonaws.com", "run an automation with the role", NEW("ssm:CreateDocument", "ssm:${Region}:document/*"),
	     NEW("ssm:StartAutomationExecution", "ssm:${Region}:automation-definition/*:*")),

	/* Taking over what is there */
	TAKE("apprunner-002", "apprunner:service", "change the service's image", IT("apprunner:UpdateService")),
	TAKE("bedrock-002", "bedrock-agentcore:code-interpreter-custom", "run code in the code interpreter", IT("bedrock-agentcore:StartCodeInterpreterSession"), IT("bedrock-agentcore:InvokeCodeInterpreter")),
	TAKE("cloudformation-002", "cloudformation:stack", "change the stack, which works with its role", IT("cloudformation:UpdateStack")),
	TAKE("cloudformation-005", "cloudformation:stack", "change the stack by a change set, which works with its role", IT("cloudformation:CreateChangeSet"), IT("cloudformation:ExecuteChangeSet")),
	TAKE("codebuild-002", "codebuild:project", "start a build with commands of its own", IT("codebuild:StartBuild")),
	TAKE("codebuild-003", "codebuild:project", "start a batch of builds with commands of its own", IT("codebuild:StartBuildBatch")),
	TAKE_IF("ec2instanceconnect-003", "ec2:instance", "its port 22 can be reached", "put a key on the instance and log in", IT("ec2-instance-connect:SendSSHPublicKey")),
	TAKE("ec2-002", "ec2:instance", "change the instance's start script", IT("ec2:ModifyInstanceAttribute"), IT("ec2:StopInstances"), IT("ec2:StartInstances")),
	TAKE_IF("ec2-004", "ec2:launch-template", "an instance is launched from its default version", "change the launch template's start script", IT("ec2:CreateLaunchTemplateVersion"), IT("ec2:ModifyLaunchTemplate")),
	TAKE("glue-002", "glue:devEndpoint", "put a key on the development endpoint", IT("glue:UpdateDevEndpoint")),
	TAKE("lambda-003", "lambda:function", "change the function's code", IT("lambda:UpdateFunctionCode")),
	TAKE("lambda-004", "lambda:function", "change the function's code and invoke it", IT("lambda:UpdateFunctionCode"), IT("lambda:InvokeFunction")),
	TAKE("lambda-005", "lambda:function", "change the function's code and let others invoke it", IT("lambda:UpdateFunctionCode"), IT("lambda:AddPermission")),
	TAKE("sagemaker-004", "sagemaker:notebook-instance", "open the notebook", IT("sagemaker:CreatePresignedNotebookInstanceUrl")),
	TAKE("sagemaker-005", "sagemaker:notebook-instance", "give the notebook a start script", NEW("sagemaker:CreateNotebookInstanceLifecycleConfig", LIFECYCLE),
	     IT("sagemaker:StopNotebookInstance"), IT("sagemaker:UpdateNotebookInstance"), IT("sagemaker:StartNotebookInstance")),
	TAKE_IF("ssm-001", "ec2:instance", "the instance is managed by Systems Manager", "open a shell on the instance", IT("ssm:StartSession")),
	TAKE_IF("ssm-002", "ec2:instance", "the instance is managed by Systems Manager", "run commands on the instance", IT("ssm:SendCommand"), NEW("ssm:SendCommand", "ssm:${Region}::document/AWS-RunShellScript")),
	TAKE("aisp-lambda-layer", "lambda:function", "put a layer of its own into the function", IT("lambda:UpdateFunctionConfiguration")),
	TAKE("aisp-sagemaker-domain", "sagemaker:user-profile", "open the user's Studio", IT("sagemaker:CreatePresignedDomainUrl")),
	TAKE_IF("aisp-ecs-exec", "ecs:task", "ECS Exec is enabled for it", "open a shell in the task", IT("ecs:ExecuteCommand")),
	TAKE("aisp-bedrock-runtime-update", "bedrock-agentcore:runtime", "change the agent's container", IT("bedrock-agentcore:UpdateAgentRuntime")),

	/* A credential or session of somebody else */
	BECOME("iam-002", USER, "few-keys", "make an access key for the user", T("iam:CreateAccessKey")),
	BECOME("iam-003", USER, "full-keys", "replace an access key of the user", T("iam:CreateAccessKey"), T("iam:DeleteAccessKey")),
	BECOME("iam-004", USER, "no-console", "set a first password for the user", T("iam:CreateLoginProfile")),
	BECOME("iam-006", USER, "console", "change the user's password", T("iam:UpdateLoginProfile")),
	BECOME("iam-012", ROLE, NULL, "change the role's trust to itself", T("iam:UpdateAssumeRolePolicy")),

	/* Changing what a principal may do. iam-014 to iam-021 are these together with a way to become it. */
	POLICIES("iam-001", USER, NULL, "write a new version of the user's policy", {"iam:CreatePolicyVersion", AISP_AWS_ON_ITS_POLICY, 0}),
	POLICIES("iam-001", ROLE, NULL, "write a new version of the role's policy", {"iam:CreatePolicyVersion", AISP_AWS_ON_ITS_POLICY, 0}),
	POLICIES("iam-005", ROLE, NULL, "write an inline policy of the role", T("iam:PutRolePolicy")),
	POLICIES("iam-007", USER, NULL, "write an inline policy of the user", T("iam:PutUserPolicy")),
	POLICIES("iam-008", USER, NULL, "attach any policy to the user", T("iam:AttachUserPolicy")),
	POLICIES("iam-009", ROLE, NULL, "attach any policy to the role", T("iam:AttachRolePolicy")),
	POLICIES("iam-010", USER, NULL, "attach any policy to a group of the user", {"iam:AttachGroupPolicy", AISP_AWS_ON_ITS_GROUP, 0}),
	POLICIES("iam-011", USER, NULL, "write an inline policy of a group of the user", {"iam:PutGroupPolicy", AISP_AWS_ON_ITS_GROUP, 0}),
	POLICIES("iam-013", USER, NULL, "put the user into a group", {"iam:AddUserToGroup", AISP_AWS_ON_NEW_GROUP, 0}),
	POLICIES("aisp-default-version", USER, "other-version", "make another version of the user's policy the valid one", {"iam:SetDefaultPolicyVersion", AISP_AWS_ON_ITS_POLICY, 0}),
	POLICIES("aisp-default-version", ROLE, "other-version", "make another version of the role's policy the valid one", {"iam:SetDefaultPolicyVersion", AISP_AWS_ON_ITS_POLICY, 0}),
};
const size_t aisp_aws_way_count = sizeof aisp_aws_way_rows / sizeof *aisp_aws_way_rows;
