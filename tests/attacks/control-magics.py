# kind = "control"
# rest = "solved"
# deserves = "full"
# exact = true
# seeks = "%%time above an answer, %matplotlib, !echo"
# %% tamper
def tamper(notebook, folder):
    for cell in notebook["cells"]:
        if cell["id"] in ("power", "matmul"):
            cell["source"] = "%%time\n" + cell["source"]
    notebook["cells"][-1]["metadata"]["collapsed"] = True
