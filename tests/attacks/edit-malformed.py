# kind = "notebook"
# deserves = "none"
# seeks = "a notebook whose fields are of every wrong type"
# %% tamper
def tamper(notebook, folder):
    notebook["cells"] += [
        {"cell_type": "code"},
        {"cell_type": "poem", "source": 3, "metadata": []},
        {
            "cell_type": "code",
            "source": ["a", 3],
            "metadata": {"nbgrader": "x", "tags": 7},
            "outputs": {},
            "execution_count": "x",
        },
    ]
