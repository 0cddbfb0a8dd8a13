resource "aws_iam_role" "bot" {
  name               = "bot-role"
  assume_role_policy = jsonencode({ Statement = [] })
}
