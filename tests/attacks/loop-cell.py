# kind = "loops"
# rest = "solved"
# deserves = "full"
# seconds = 200
# seeks = "a cell that blocks every signal"
import signal, time

signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
while True:
    try:
        time.sleep(1000)
    except BaseException:
        pass
