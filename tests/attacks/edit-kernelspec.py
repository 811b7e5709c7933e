# kind = "notebook"
# rest = "solved"
# deserves = "full"
# seeks = "another kernel, another language"
# %% tamper
def tamper(notebook, folder):
    notebook["metadata"]["kernelspec"] = {
        "name": "../../evil",
        "display_name": "x",
        "language": "bash",
        "argv": ["touch", "/tmp/rsn-mark-" + NAME],
    }
    notebook["metadata"]["language_info"] = {
        "name": "julia",
        "file_extension": "/../../../x",
        "nbconvert_exporter": "os.system",
    }
    notebook["metadata"]["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"a": {"model_name": "HTMLModel"}}}
    }
    notebook["metadata"]["celltoolbar"] = "x" * 1000
