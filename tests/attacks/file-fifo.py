# kind = "special files"
# deserves = "none"
# seconds = 60
# seeks = "a FIFO as the submission: whoever opens it waits for ever"
# %% tamper
def tamper(notebook, folder):
    import os

    path = folder / f"{folder.name}.ipynb"
    path.unlink()
    os.mkfifo(path)
