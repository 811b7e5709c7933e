# kind = "control"
# notebook = "05-sgd"
# rest = "solved"
# deserves = "full"
# exact = true
# seeks = "the reference in 05"
