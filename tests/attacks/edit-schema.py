# kind = "notebook"
# deserves = "none"
# seeks = "other versions of nbgrader's metadata"
# %% tamper
def tamper(notebook, folder):
    for number, cell in enumerate(c for c in notebook["cells"] if "nbgrader" in c["metadata"]):
        cell["metadata"]["nbgrader"]["schema_version"] = [1, 99, "3", 2][number % 4]
