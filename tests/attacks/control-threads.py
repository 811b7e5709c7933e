# kind = "control"
# rest = "solved"
# deserves = "full"
# exact = true
# seeks = "threads, a process pool's worth of subprocesses, temporary files"
import subprocess, sys, tempfile, threading

t = threading.Thread(target=sum, args=([1, 2],))
t.start()
t.join()
with tempfile.TemporaryDirectory() as folder:
    open(folder + "/x", "w").write("x")
try:
    print(subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True).stdout)
except OSError as error:
    print(error)
