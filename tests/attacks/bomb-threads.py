# kind = "bombs"
# rest = "solved"
# deserves = "full"
# seeks = "two thousand threads"
import threading, time

made = 0
try:
    for _ in range(2000):
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
        made += 1
except RuntimeError:
    pass
if made == 2000:
    harm("2000 threads")
