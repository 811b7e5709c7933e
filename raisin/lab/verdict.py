"""What becomes of a check's verdict: printed or raised in a notebook, sent to the grader when it is graded.

In a notebook a failing check raises, so the cell stops there. In the grader's kernel (``RAISIN_MODE=grade``) every
check says what it found and goes on, so that each one counts for itself.
"""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

MIME = "application/vnd.raisin.check+json"


@dataclass(frozen=True)
class Verdict:
    """What one check found.

    `lines`: what to say when it failed. `note`: what to say behind a passed one. `diagnosis`: the key of the mistake
    that it looks like, or "". `wrong`: a value came, and not the one that was due (not an error on the way to it).
    """

    what: str
    passed: bool
    lines: tuple[str, ...] = ()
    note: str = ""
    diagnosis: str = ""
    wrong: bool = False

    @property
    def text(self) -> str:
        """The verdict in words, the first line for `what`."""
        if self.passed:
            return f"✓ {self.what}{self.note}"
        return self.what + "".join(f"\n  {line}" for line in self.lines)


def settle(verdict: Verdict, cause: BaseException | None = None) -> None:
    """Print or send the verdict. Raises AssertionError in a notebook where the check failed."""
    if _send is not None:
        _send(verdict)
    elif os.environ.get("RAISIN_MODE") == "grade":
        _display(verdict)
    elif verdict.passed:
        print(verdict.text)
    else:
        raise AssertionError(verdict.text) from cause


# Set by those who run checks without a kernel.
_send: Callable[[Verdict], None] | None = None


def send_to(receiver: Callable[[Verdict], None] | None) -> None:
    """From now on give every verdict to `receiver` (None: back to printing and raising)."""
    global _send
    _send = receiver


def _display(verdict: Verdict) -> None:
    from IPython.display import display

    display({MIME: asdict(verdict)}, raw=True)  # type: ignore[no-untyped-call]  # IPython's own typing


def received(data: Any) -> Verdict | None:
    """The verdict that a display message of type `MIME` holds; None where it is not well-formed."""
    if not isinstance(data, dict):
        return None
    what, passed, lines = data.get("what"), data.get("passed"), data.get("lines", ())
    if not isinstance(what, str) or not isinstance(passed, bool) or not isinstance(lines, list | tuple):
        return None
    note, diagnosis = (str(data.get(key, "")) for key in ("note", "diagnosis"))
    return Verdict(what, passed, tuple(map(str, lines)), note, diagnosis, data.get("wrong") is True)
