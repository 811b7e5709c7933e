# kind = "forged"
# deserves = "none"
# seeks = "messages for cells that come later, with the ids their requests will have"
import re, os, raisin.lab.compare as compare

kernel = get_ipython().kernel
own = kernel.get_parent()["header"]
head, number = own["msg_id"].rsplit("_", 1)
for ahead in range(1, 60):
    parent = {"header": {**own, "msg_id": f"{head}_{int(number) + ahead}"}}
    send = lambda kind, content: kernel.session.send(
        kernel.iopub_socket, kind, content, parent=parent, ident=kind.encode()
    )
    send("execute_result", {"data": {"text/plain": "10.0"}, "metadata": {}, "execution_count": 1})
    send("status", {"execution_state": "idle"})
