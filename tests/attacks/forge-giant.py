# kind = "forged"
# deserves = "none"
# seconds = 200
# seeks = "messages of hundreds of megabytes"
import os, raisin.lab.wire as wire
from IPython.display import display


def send(found, inputs):
    if "copies" in found.what or "broadcast" in found.what:
        display(
            {
                wire.MIME: {
                    "nonce": os.environ["RAISIN_NONCE"],
                    "what": found.what,
                    "inputs": inputs,
                    "value": {"text": "x" * 150_000_000},
                    "lines": [],
                    "drawn": [],
                    "raised": "",
                }
            },
            raw=True,
        )


wire.display = send
