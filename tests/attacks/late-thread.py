# kind = "forged"
# deserves = "none"
# seeks = "a thread that forges messages while tests run"
import threading, time, os, raisin.lab.compare as compare

kernel = get_ipython().kernel
names = ["tensor: shape of a 3 x 2 array, of its first row, of a number", "matmul: values", "power: exponents 2 and 3"]


def work():
    for _ in range(300):
        for what in names:
            for mime in ("values", "check"):
                content = {
                    "nonce": os.environ.get("RAISIN_NONCE"),
                    "what": what,
                    "inputs": compare.inputs(what),
                    "passed": True,
                    "value": {"flag": True},
                    "lines": [],
                    "drawn": [],
                    "raised": "",
                }
                kernel.session.send(
                    kernel.iopub_socket,
                    "display_data",
                    {"data": {f"application/vnd.raisin.{mime}+json": content}, "metadata": {}},
                    parent=kernel.get_parent(),
                    ident=b"display_data",
                )
        time.sleep(0.05)


threading.Thread(target=work, daemon=True).start()
