# kind = "special files"
# deserves = "none"
# seeks = "JSON nested without end"
# %% tamper
def tamper(notebook, folder):
    path = folder / f"{folder.name}.ipynb"
    path.unlink()
    path.with_suffix(".x").write_text("")
    path.symlink_to("deep.x")
    (folder / "deep.x").write_text('{"cells": ' + "[" * 100_000)
