# kind = "special files"
# rest = "solved"
# deserves = "full"
# seconds = 60
# seeks = "a FIFO and a socket beside the notebook"
# %% tamper
def tamper(notebook, folder):
    import os, socket

    os.mkfifo(folder / "pipe.ipynb")
    os.mkfifo(folder / "timestamp.txt")
