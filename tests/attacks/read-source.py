# kind = "secrets"
# rest = "solved"
# deserves = "full"
# seeks = "the solutions in source/"
import glob

for path in [
    *glob.glob("../../../source/**/*.ipynb", recursive=True),
    *glob.glob(COURSE + "/source/**/*", recursive=True),
]:
    try:
        if open(path).read(10):
            harm("read " + path)
    except OSError:
        pass
