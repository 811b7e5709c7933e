# kind = "forged"
# deserves = "none"
# seeks = "a message nested so deep that reading it fails"
import os, raisin.lab.wire as wire

session = get_ipython().kernel.session
old = session.pack


def pack(thing):
    return old(thing).replace(b'"@deep@"', b"[" * 50_000 + b"]" * 50_000)


session.pack = pack
from IPython.display import display


def send(found, inputs):
    display(
        {
            wire.MIME: {
                "nonce": os.environ["RAISIN_NONCE"],
                "what": found.what,
                "inputs": inputs,
                "value": "@deep@",
                "lines": [],
                "drawn": [],
                "raised": "",
            }
        },
        raw=True,
    )


wire.display = send
