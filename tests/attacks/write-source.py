# kind = "files"
# rest = "solved"
# deserves = "full"
# seeks = "source/ and the settings changed"
import glob

for path in glob.glob(COURSE + "/source/*/*.ipynb") + [COURSE + "/nbgrader_config.py"]:
    try:
        open(path, "a").write(" ")
    except OSError:
        pass
