# kind = "loops"
# rest = "solved"
# deserves = "full"
# seconds = 400
# seeks = "twenty cells that each take all their time"
# %% tamper
def tamper(notebook, folder):
    for number in range(20):
        notebook["cells"].append(
            {
                "cell_type": "code",
                "id": f"loop-{number}",
                "metadata": {},
                "source": "while True: pass",
                "outputs": [],
                "execution_count": None,
            }
        )
