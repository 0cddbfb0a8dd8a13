# blocks of one type are a list; a policy in a file of its own is read
data "aws_iam_policy_document" "several" {
  statement {
    actions   = ["logs:PutLogEvents"]
    resources = ["*"]
  }
  statement {
    sid       = "Docs"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.docs.arn]
  }
}

resource "aws_iam_role" "several" {
  name = "several"
  inline_policy {
    name   = "first"
    policy = data.aws_iam_policy_document.several.json
  }
  inline_policy {
    name   = "second"
    policy = file("${path.module}/second.json")
  }
}
