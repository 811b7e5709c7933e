# kind = "control"
# deserves = "none"
# exact = true
# seeks = "the blank release has no points"
