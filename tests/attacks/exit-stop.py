# kind = "exit"
# deserves = "none"
# seconds = 200
# seeks = "a kernel that stops itself and answers no more"
import os, signal

os.kill(os.getpid(), signal.SIGSTOP)
