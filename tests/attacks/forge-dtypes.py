# kind = "forged"
# deserves = "none"
# seeks = "pickled objects, strings and structures as dtypes"
import base64, os, pickle, raisin.lab.wire as wire
from IPython.display import display


class Boom:
    def __reduce__(self):
        return (os.system, ("touch /tmp/rsn-mark-" + NAME,))


data = base64.b64encode(pickle.dumps(Boom())).decode()
turn = [0]


def send(found, inputs):
    turn[0] += 1
    dtype = ["|O", "O8", "|V4", "<U4", "<M8[ns]", "f8,f8", "{'names': []}", ">f8"][turn[0] % 8]
    display(
        {
            wire.MIME: {
                "nonce": os.environ["RAISIN_NONCE"],
                "what": found.what,
                "inputs": inputs,
                "value": {"array": data, "dtype": dtype, "shape": [1]},
                "lines": [],
                "drawn": [],
                "raised": "",
            }
        },
        raw=True,
    )


wire.display = send
