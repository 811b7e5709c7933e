# kind = "left behind"
# rest = "solved"
# deserves = "full"
# seeks = "a daemon in a session of its own that ignores signals"
import ctypes, os, signal, time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 32):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        ctypes.CDLL(None).prctl(15, b"rsn-left-left-d", 0, 0, 0)
        for fd in range(3, 256):
            try:
                os.close(fd)
            except OSError:
                pass
        for _ in range(300):
            time.sleep(1)
    os._exit(0)
