# kind = "exit"
# deserves = "none"
# seeks = "the parent process killed"
import os, signal

try:
    if os.getppid() > 1:
        os.kill(os.getppid(), signal.SIGTERM)
        os.kill(os.getppid(), signal.SIGKILL)
except OSError:
    pass
