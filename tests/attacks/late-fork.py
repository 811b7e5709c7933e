# kind = "forged"
# rest = "solved"
# deserves = "full"
# seeks = "a forked child that goes on as the kernel"
import ctypes, os, time

child = os.fork()
if child == 0:
    ctypes.CDLL(None).prctl(15, b"rsn-left-late-f", 0, 0, 0)
    for _ in range(200):
        print("10.0", flush=True)
        time.sleep(0.5)
    os._exit(0)
