# kind = "browser"
# rest = "solved"
# deserves = "full"
# seeks = "execution counts that are no counts"
shell = get_ipython()
shell.execution_count = 10**30
# %% end
get_ipython().execution_count = -1
kernel = get_ipython().kernel
kernel.session.send(
    kernel.iopub_socket,
    "execute_input",
    {"code": "1", "execution_count": "seven"},
    parent=kernel.get_parent(),
    ident=b"x",
)
