# kind = "special files"
# deserves = "none"
# seeks = "a link to another's folder as the submission"
# %% tamper
def tamper(notebook, folder):
    import shutil

    shutil.rmtree(folder)
    folder.symlink_to(f"{COURSE}/submitted/victim/{folder.name}")
