"""What ran in this kernel, and what its checks found: for `lab.progress`, and to see what a file does not hold yet."""

import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from raisin.lab import framework

_DEFINITION = re.compile(r"^(?:def|class)\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One cell that was run: its text, and when it began (seconds since the epoch, as a file's date is)."""

    text: str
    began: float


@dataclass(frozen=True)
class Found:
    """What a check found when it ran last, and when that was."""

    passed: bool
    when: float


runs: list[Run] = []
found: dict[str, Found] = {}


def same(text: str) -> str:
    """A cell's text as it can be compared: editors differ in how a line and a cell end."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()


def remember(what: str, passed: bool) -> None:
    """A check has decided."""
    found[what] = Found(passed, time.time())


def begin(anew: bool) -> None:
    """Listen to the cells of this kernel from now on; with `anew` (another notebook) what checks found is dropped."""
    if anew:
        found.clear()
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and _before_cell not in shell.events.callbacks["pre_run_cell"]:
        shell.events.register("pre_run_cell", _before_cell)


def _before_cell(info: Any) -> None:
    """IPython's ``pre_run_cell``; what a frontend runs for itself is no cell and leaves no history."""
    if getattr(info, "store_history", True) and isinstance(getattr(info, "raw_cell", None), str):
        runs.append(Run(same(info.raw_cell), time.time()))


def not_in(texts: Sequence[str], since: float) -> list[str]:
    """The cells that ran after `since` (when the file was written) and are not among its `texts`, each once.

    The cell that runs now does not count: it may say ``lab.submit(...)`` in another way than the file.
    """
    there = {same(text) for text in texts}
    late = [run.text for run in runs[:-1] if run.began > since and run.text and run.text not in there]
    return list(dict.fromkeys(late))


def is_current(check: Found, answers: Sequence[str]) -> bool:
    """Whether it was made on these cells as they stand here, and as they ran last."""
    return all(_is_current(check, same(text)) for text in answers)


def _is_current(check: Found, text: str) -> bool:
    name = _name(text)
    versions = [run for run in runs if run.text == text or (name and _name(run.text) == name)]
    before = [run for run in versions if run.began <= check.when]
    return bool(before) and before[-1].text == versions[-1].text == text


def _name(text: str) -> str:
    """By what a cell is known again after a change: its part's name, else the first thing that it defines, else ""."""
    found = _DEFINITION.search(text)
    return framework.part_name(text) or (found[1] if found else "")
