# kind = "bombs"
# rest = "solved"
# deserves = "full"
# seeks = "6 GB of memory in one process"
held = []
try:
    for _ in range(24):
        held.append(bytearray(b"x") * (256 << 20))
    harm("6 GB")
except MemoryError:
    print("no more")
del held
