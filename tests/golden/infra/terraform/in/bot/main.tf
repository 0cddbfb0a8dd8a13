locals {
  role = aws_iam_role.bot.arn
}
resource "aws_bedrockagent_agent" "bot" {
  count                   = var.on ? 1 : 0
  agent_name              = "support-bot"
  foundation_model        = "anthropic.claude-3-5-sonnet-20241022-v2:0"
  agent_resource_role_arn = aws_iam_role.bot[0].arn
}
resource "aws_bedrockagent_agent_action_group" "refund" {
  action_group_name = "refund"
  agent_id          = aws_bedrockagent_agent.bot[0].agent_id
}
resource "aws_bedrockagent_agent" "unresolved" {
  for_each                = var.agents
  agent_name              = each.key
  foundation_model        = each.value.model
  agent_resource_role_arn = local.role
}
