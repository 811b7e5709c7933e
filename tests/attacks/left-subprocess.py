# kind = "left behind"
# rest = "solved"
# deserves = "full"
# seeks = "programs started and left"
import subprocess, sys

for program in (["sleep", "300"], [sys.executable, "-c", "import time; time.sleep(300)"], ["sh", "-c", "sleep 300"]):
    try:
        subprocess.Popen(
            [*program[:-1], program[-1] + ("" if "sleep" == program[0] else " #rsn-left-" + NAME)],
            start_new_session=True,
        )
    except OSError:
        pass
