# kind = "shadow"
# rest = "solved"
# deserves = "full"
# seeks = "numpy.py, torch.py, IPython.py, raisin/ in the submission"
# %% tamper
def tamper(notebook, folder):
    code = f"open('/tmp/rsn-mark-{NAME}', 'w').write('x')\n"
    for name in ("numpy", "torch", "IPython", "ipykernel", "json", "matplotlib", "raisin"):
        (folder / f"{name}.py").write_text(code)
    (folder / "raisin").mkdir()
    (folder / "raisin" / "__init__.py").write_text(code)
