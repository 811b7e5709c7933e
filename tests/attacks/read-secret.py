# kind = "secrets"
# rest = "solved"
# deserves = "full"
# seeks = "the course's secret, its oracle, files beside it"
import glob

for path in [
    COURSE + "/.raisin/secret",
    COURSE + "/secret-beside.txt",
    COURSE + "/nbgrader_config.py",
    *glob.glob(COURSE + "/.raisin/oracle/*"),
]:
    try:
        if open(path, "rb").read(1):
            harm("read " + path)
    except OSError:
        pass
