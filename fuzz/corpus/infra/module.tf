resource "aws_bedrockagent_agent" "a" {
 agent_name = "x"
 foundation_model = "anthropic.claude"
 agent_resource_role_arn = aws_iam_role.r.arn
}
---8<---
resource "aws_iam_role" "r" { name = "n" }
resource "aws_bedrockagent_agent_action_group" "g" {
 agent_id = aws_bedrockagent_agent.a.id
}
