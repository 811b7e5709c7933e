# kind = "bombs"
# rest = "solved"
# deserves = "full"
# seeks = "more processes than anybody needs"
import ctypes, os, time

made = 0
for _ in range(600):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        ctypes.CDLL(None).prctl(15, b"rsn-left-bomb-f", 0, 0, 0)
        time.sleep(40)
        os._exit(0)
    made += 1
if made >= 600:
    harm("600 processes")
