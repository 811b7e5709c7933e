# kind = "special files"
# deserves = "none"
# seeks = "metadata nested ten thousand deep in a notebook that is whole"
# %% tamper
def tamper(notebook, folder):
    value = 1
    for _ in range(400):
        value = [value]
    notebook["metadata"]["deep"] = value
