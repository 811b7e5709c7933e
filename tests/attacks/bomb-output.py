# kind = "bombs"
# rest = "solved"
# deserves = "full"
# seconds = 200
# seeks = "300 MB of output in small pieces"
for _ in range(3000):
    print("x" * 100_000)
