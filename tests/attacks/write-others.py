# kind = "files"
# rest = "solved"
# deserves = "full"
# seeks = "another student's work changed"
import glob

for path in glob.glob(COURSE + "/submitted/victim/*/*") + glob.glob("../../victim/*/*"):
    try:
        open(path, "a").write(" ")
    except OSError:
        pass
