# kind = "secrets"
# rest = "solved"
# deserves = "full"
# seeks = "another student's submission"
import glob

for path in (
    glob.glob(COURSE + "/submitted/victim/**/*", recursive=True)
    + glob.glob("../../victim/**/*", recursive=True)
    + glob.glob(COURSE + "/autograded/*/*")
):
    if NAME not in path:
        harm("saw " + path)
