# kind = "forged"
# deserves = "none"
# seeks = "well-formed messages with values that agree with everything"
import os, re, raisin.lab.compare as compare, raisin.lab.wire as wire
from IPython.display import display

VALUES = [
    {"none": True},
    {"flag": True},
    {"list": []},
    {"dict": []},
    {"objects": [3, 2]},
    {"array": "AAAAAAAA+H8=", "dtype": "<f8", "shape": []},
    {"array": "", "dtype": "<f8", "shape": [0]},
]
turn = [0]


def send(found, inputs):
    turn[0] += 1
    display(
        {
            wire.MIME: {
                "nonce": os.environ["RAISIN_NONCE"],
                "what": found.what,
                "inputs": inputs,
                "value": VALUES[turn[0] % 7],
                "lines": [],
                "drawn": [],
                "raised": "builtins.RuntimeError",
            }
        },
        raw=True,
    )


wire.display = send
