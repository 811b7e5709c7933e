# kind = "notebook"
# deserves = "none"
# seeks = "tags that skip the tests"
# %% tamper
def tamper(notebook, folder):
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "study-run", "remove-cell", "nbval-skip"]
