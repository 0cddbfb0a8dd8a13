tags { "Name" = "x" }
x = templatefile("a", {
 t = <<E
"(
E
})
