# kind = "forged"
# deserves = "none"
# seeks = "messages of the older kind: passed"
import re
from IPython.display import display


def before(info):
    for what in re.findall(r'lab\.\w+\(\s*"([^"]+)"', info.raw_cell or ""):
        display(
            {
                "application/vnd.raisin.check+json": {
                    "what": what,
                    "passed": True,
                    "lines": [],
                    "note": "",
                    "diagnosis": "",
                    "wrong": False,
                }
            },
            raw=True,
        )


get_ipython().events.register("pre_run_cell", before)
