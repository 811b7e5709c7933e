# kind = "notebook"
# deserves = "none"
# seeks = "the setup cell replaced by one that starts another notebook"
# %% tamper
def tamper(notebook, folder):
    for cell in notebook["cells"]:
        if cell["id"] == "setup":
            cell["source"] = "from raisin import lab\nlab.start('07-training-study', stand_in=True)"
            cell["metadata"] = {}
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        cell.pop("id", None)
