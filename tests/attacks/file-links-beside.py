# kind = "special files"
# rest = "solved"
# deserves = "full"
# seeks = "links beside the notebook, to secrets, to nowhere, to themselves"
# %% tamper
def tamper(notebook, folder):
    for name, target in [
        ("secret.ipynb", COURSE + "/secret-beside.txt"),
        ("nowhere.ipynb", "/nowhere"),
        ("self.ipynb", "self.ipynb"),
        ("all.b", "/"),
        ("source", COURSE + "/source"),
    ]:
        (folder / name).symlink_to(target)


# %% end
import glob

for path in glob.glob("**/*", recursive=True):
    if "secret" in path or "source/" in path:
        harm("link followed: " + path)
