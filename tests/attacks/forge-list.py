# kind = "forged"
# deserves = "none"
# seeks = "a value nested as lists, a hundred thousand deep, and a wide one"
import os, raisin.lab.wire as wire
from IPython.display import display

deep = {"none": True}
for _ in range(900):
    deep = {"list": [deep]}


def send(found, inputs):
    for value in (deep, {"list": [{"none": True}] * 200_000}):
        display(
            {
                wire.MIME: {
                    "nonce": os.environ["RAISIN_NONCE"],
                    "what": found.what,
                    "inputs": inputs,
                    "value": value,
                    "lines": [],
                    "drawn": [],
                    "raised": "",
                }
            },
            raw=True,
        )
        break


wire.display = send
