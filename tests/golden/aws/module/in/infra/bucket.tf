resource "aws_s3_bucket" "docs" {
  bucket = "customer-docs"
}

resource "aws_s3_bucket_policy" "docs" {
  bucket = aws_s3_bucket.docs.id
  policy = <<EOT
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "${data.aws_caller_identity.me.account_id}"}, "Action": "s3:GetObject", "Resource": "${aws_s3_bucket.docs.arn}/*"}]}
EOT
}

resource "aws_s3_bucket_policy" "other" {
  bucket = "other"
  policy = var.nobody_knows
}
