# kind = "special files"
# deserves = "none"
# seeks = "a link to the solutions as the submission"
# %% tamper
def tamper(notebook, folder):
    path = folder / f"{folder.name}.ipynb"
    path.unlink()
    path.symlink_to(f"{COURSE}/source/{folder.name}/{folder.name}.ipynb")
