# one
// two
/* three */ locals { a = 1 }
resource "aws_x" "y" {
  count = var.on ? 1 : 0
  name  = "a-${replace(var.p, "\\", "/")}-${lookup(var.m, "k", "d}")}"
  tags  = merge(var.tags, { "Name" = "x" }, # don't (
    { b : 2 })
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["a:*", ], n = -1.5e-3 }] })
  text   = <<-EOT
      a ${var.b}
        c
    EOT
  list   = [for k, v in var.m : upper(v) if k != "x"]
  first  = ["a", "b"][0]
  key    = { (local.k) = 1, format("%s", "a") = 2, var.z[0].y = 3 }
  dynamic "ingress" {
    for_each = var.r
    content { port = ingress.value }
  }
  u = "\u00e9\U0001F600 $${lit} %%{x} %{ if a }b%{ endif }"
}
