# kind = "notebook"
# deserves = "none"
# seeks = "tests turned to text"
# %% tamper
def tamper(notebook, folder):
    for cell in notebook["cells"]:
        if "test-" in cell["metadata"].get("nbgrader", {}).get("grade_id", ""):
            cell["cell_type"] = "raw" if "value" in cell["id"] else "markdown"
            for key in ("outputs", "execution_count"):
                cell.pop(key, None)
