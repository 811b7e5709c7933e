# kind = "bombs"
# rest = "solved"
# deserves = "full"
# seconds = 200
# seeks = "one line of 300 MB"
print("x" * 300_000_000)
