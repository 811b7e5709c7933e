# kind = "notebook"
# deserves = "none"
# seeks = "grade ids swapped: an easy test under another's name"
# %% tamper
def tamper(notebook, folder):
    tests = [c for c in notebook["cells"] if "test-" in c["metadata"].get("nbgrader", {}).get("grade_id", "")]
    for cell in tests:
        cell["metadata"]["nbgrader"]["grade_id"] = "setup"
        cell["metadata"]["nbgrader"]["grade"] = cell is tests[0]
    tests[0]["metadata"]["nbgrader"]["grade_id"] = "test-matmul-value"
    tests[0]["source"] = "2.0"
