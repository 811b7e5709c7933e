"""What an instructor runs: release, collect, grade, grades. Everything here stands on nbgrader."""

import gc
import sys


def start_quickly() -> None:
    """Call first thing in a process of ours: keeps jsonschema from building grammars that no notebook needs.

    jsonschema reads addresses, durations and the like with these packages where it finds them. Importing the first
    takes 1.7 of the 2.6 seconds that nbgrader takes to import. In this process they are not found.
    """
    for name in ("rfc3987_syntax", "isoduration", "rfc3986_validator"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None is Python's word for "not there"


def settle() -> None:
    """Call when a process of ours has imported what it needs: what is there by now stays, and is not looked at again.

    Grading makes and drops many small objects; with Python's own settings it would look through all of nbgrader's and
    SQLAlchemy's each time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
