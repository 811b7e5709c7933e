# kind = "notebook"
# deserves = "none"
# seeks = "outputs that are there already, in skipped cells"
# %% tamper
def tamper(notebook, folder):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            result = {
                "output_type": "execute_result",
                "data": {"text/plain": "10.0", "text/html": "<script>1</script>"},
                "metadata": {},
                "execution_count": 1,
            }
            cell["outputs"], cell["execution_count"] = [result], 1
            cell["metadata"]["tags"] = ["skip-execution"]
            cell["metadata"]["raisin"] = {"passed": 4, "total": 4, "stopped": "", "checks": [], "seconds": 9}
