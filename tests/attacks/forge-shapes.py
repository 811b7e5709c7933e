# kind = "forged"
# deserves = "none"
# seeks = "shapes of no entries and of far too many"
import os, raisin.lab.wire as wire
from IPython.display import display

SHAPES = [
    [0, 2**31 - 1, 2**31 - 1, 2**31 - 1],
    [2**31 - 1, 2**31 - 1],
    [0] * 32,
    [1] * 33,
    [-1],
    [1.5],
    [True],
    ["3"],
    [2**70],
]
turn = [0]


def send(found, inputs):
    turn[0] += 1
    shape = SHAPES[turn[0] % 9]
    value = {"array": "", "dtype": "<f8", "shape": shape} if turn[0] % 2 else {"objects": shape}
    display(
        {
            wire.MIME: {
                "nonce": os.environ["RAISIN_NONCE"],
                "what": found.what,
                "inputs": inputs,
                "value": value,
                "lines": [],
                "drawn": [shape] * 5,
                "raised": "",
            }
        },
        raw=True,
    )


wire.display = send
