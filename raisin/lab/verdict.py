"""What becomes of a check's verdict in a notebook: printed, or raised, so that the cell stops there."""

from collections.abc import Callable
from dataclasses import dataclass

from raisin.lab import history


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
        return
    history.remember(verdict.what, verdict.passed)
    if verdict.passed:
        print(verdict.text)
    else:
        raise AssertionError(verdict.text) from cause


# Set by those who run checks without a kernel.
_send: Callable[[Verdict], None] | None = None


def send_to(receiver: Callable[[Verdict], None] | None) -> None:
    """From now on give every verdict to `receiver` (None: back to printing and raising)."""
    global _send
    _send = receiver
