# kind = "shadow"
# rest = "solved"
# deserves = "full"
# seeks = "sitecustomize, usercustomize, .pth, IPython's profile in the submission"
# %% tamper
def tamper(notebook, folder):
    code = f"open('/tmp/rsn-mark-{NAME}', 'w').write('x')\n"
    for name in (
        "sitecustomize.py",
        "usercustomize.py",
        "x.pth",
        "ipython_config.py",
        "ipython_kernel_config.py",
        "conftest.py",
    ):
        (folder / name).write_text(("import os; " if name.endswith("pth") else "") + code)
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text(code)
    (folder / ".env").write_text("PYTHONPATH=.")
