# kind = "control"
# deserves = ["test-tensor-shape", "test-tensor-value", "test-matmul-shape", "test-matmul-value"]
# exact = true
# seeks = "what is right counts, cell by cell"
# %% tamper
def tamper(notebook, folder):
    import json
    from pathlib import Path

    source = json.loads((Path(COURSE) / "source/02-tensor-arithmetic/02-tensor-arithmetic.ipynb").read_text())
    due = {cell["id"]: "".join(cell["source"]) for cell in source["cells"]}
    for cell in notebook["cells"]:
        if cell["id"] in ("tensor", "matmul"):
            cell["source"] = due[cell["id"]]
