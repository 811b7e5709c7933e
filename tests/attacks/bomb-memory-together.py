# kind = "bombs"
# rest = "solved"
# deserves = "full"
# seeks = "8 GB of memory in eight processes together"
import os, time

pipes = []
for _ in range(8):
    r, w = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            held = bytearray(b"x") * (1 << 30)
            os.write(w, b"1")
            time.sleep(6)
        except BaseException:
            os.write(w, b"0")
        os._exit(0)
    os.close(w)
    pipes.append(r)
if sum(os.read(r, 1) == b"1" for r in pipes) == 8:
    time.sleep(1)
    harm("8 GB together")
