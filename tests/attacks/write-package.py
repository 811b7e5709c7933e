# kind = "files"
# rest = "solved"
# deserves = "full"
# seeks = "the installed packages changed"
import os, raisin, numpy, sys

for folder in [os.path.dirname(raisin.__file__), os.path.dirname(os.path.dirname(numpy.__file__)), *sys.path]:
    try:
        open(os.path.join(folder, "rsn-mark-" + NAME), "w").write("x")
    except OSError:
        pass
