# kind = "special files"
# deserves = "none"
# seconds = 60
# seeks = "a device as the submission (endless zeros)"
# %% tamper
def tamper(notebook, folder):
    import os, stat

    path = folder / f"{folder.name}.ipynb"
    path.unlink()
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    except OSError:
        path.symlink_to("/dev/zero")
