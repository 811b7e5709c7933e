# kind = "control"
# notebook = "04-backward"
# rest = "solved"
# deserves = "full"
# exact = true
# seeks = "the reference in 04"
