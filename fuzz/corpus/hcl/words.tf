ü = null
b = true
c = [1, [2, {}]]
