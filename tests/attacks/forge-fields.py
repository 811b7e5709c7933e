# kind = "forged"
# deserves = "none"
# seeks = "fields of every wrong type, surrogates, keys left out"
import os, raisin.lab.wire as wire
from IPython.display import display

ODD = [None, 7, 1e308, float("nan"), [], {}, [[]], {"a": 1}, True, "\ud800", "x" * 100_000, "\x1b[2J\x00"]
turn = [0]


def send(found, inputs):
    turn[0] += 1
    right = {
        "nonce": os.environ["RAISIN_NONCE"],
        "what": found.what,
        "inputs": inputs,
        "value": {"none": True},
        "lines": [],
        "drawn": [],
        "raised": "",
    }
    key = list(right)[turn[0] % 7]
    right[key] = ODD[(turn[0] // 7 + turn[0]) % 12]
    if turn[0] % 5 == 0:
        del right[key]
    try:
        display({wire.MIME: right}, raw=True)
    except Exception:
        pass


wire.display = send
