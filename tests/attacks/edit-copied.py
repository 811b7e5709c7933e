# kind = "notebook"
# deserves = "none"
# seeks = "copies of tests with the same grade id, emptied"
# %% tamper
def tamper(notebook, folder):
    import copy

    for cell in [c for c in notebook["cells"] if "test-" in c["metadata"].get("nbgrader", {}).get("grade_id", "")]:
        for number in range(2):
            one = copy.deepcopy(cell)
            one["id"] += f"-{number}"
            one["source"] = "2.0"
            notebook["cells"].append(one)
