# kind = "notebook"
# deserves = "none"
# seeks = "tests emptied"
# %% tamper
def tamper(notebook, folder):
    for cell in notebook["cells"]:
        if cell["id"].startswith("test-"):
            cell["source"] = "1.0"
