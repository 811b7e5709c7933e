# kind = "browser"
# deserves = "none"
# seeks = "outputs that nbformat does not take"
kernel = get_ipython().kernel
for kind, content in [
    ("display_data", {}),
    ("display_data", {"data": {"text/plain": {"a": 1}}, "metadata": 3}),
    ("stream", {"name": "stdin", "text": 3}),
    ("error", {"ename": None}),
    ("error", {"ename": "\n", "evalue": "", "traceback": "x"}),
    ("execute_result", {"data": [], "metadata": {}, "execution_count": "x"}),
    ("clear_output", {}),
    ("comm_open", {}),
    ("comm_msg", {"data": {"state": 1}}),
    ("nonsense", {}),
]:
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent(), ident=b"x")
