# kind = "notebook"
# deserves = "none"
# seeks = "points and roles in the metadata"
# %% tamper
def tamper(notebook, folder):
    for cell in notebook["cells"]:
        meta = cell["metadata"].get("nbgrader")
        if meta and meta.get("grade"):
            meta["points"] = 1000
        if meta and meta.get("grade") and cell["cell_type"] == "code":
            meta["solution"], meta["locked"] = True, False
