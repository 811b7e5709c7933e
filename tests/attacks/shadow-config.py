# kind = "shadow"
# deserves = "none"
# seeks = "nbgrader's and Jupyter's settings in the submission"
# %% tamper
def tamper(notebook, folder):
    code = f"open('/tmp/rsn-mark-{NAME}', 'w').write('x')\n"
    for place in (folder, folder.parent):
        for name in ("nbgrader_config.py", "jupyter_config.py", "jupyter_nbconvert_config.py"):
            (place / name).write_text(code)
