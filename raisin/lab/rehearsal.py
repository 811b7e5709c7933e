"""Restart and run all, in a fresh kernel: the notebook from the top, as a copy, with limits of time.

    this kernel --cells--> a process of its own (nbclient) --> a fresh kernel of the same Python, in the same folder
                <--"at cell 12", outputs--

A process of its own, because this kernel's event loop is busy with the cell that waits, and because it can be ended
whatever happens in it. The student's parts are read and kept in a copy of their folder, so the run changes neither
them nor the notebook. Cells that hand in, and studies, are left as they are.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raisin.lab import places
from raisin.lab.overview import Cell, Overview

SHARE = 5  # one cell may take this part of all the time
GRACE = 10  # seconds in which the process may end by itself
TOO_LONG = "it did not end within {:.0f} s, and was stopped (an endless loop?)"
ALL_TOO_LONG = "all cells together took longer than {:.0f} s; the run was stopped here"
DIED = "the kernel died in it (memory, or an exit)"
# Finds this package also where it is not installed.
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from raisin.lab.rehearsal import main; main()"


class NotPossible(RuntimeError):
    """The notebook cannot be run from the top here; the text says why."""


@dataclass(frozen=True)
class Ran:
    """What one cell gave: `outputs` as a notebook holds them, and the error's ``Name: message`` or ""."""

    outputs: tuple[dict[str, Any], ...]
    count: int | None
    error: str = ""

    @property
    def printed(self) -> str:
        return "".join("".join(o.get("text", "")) for o in self.outputs if o.get("output_type") == "stream")


@dataclass(frozen=True)
class Rehearsed:
    """The run: what each cell gave, by its place in the notebook; where and why it ended early, or None."""

    cells: dict[int, Ran]
    seconds: float
    stopped: tuple[int, str] | None = None


def to_run(overview: Overview) -> tuple[Cell, ...]:
    """The cells that a rehearsal runs."""
    return tuple(cell for cell in overview.cells if cell.is_code and not cell.is_study and not cell.hands_in)


def rehearse(
    overview: Overview, folder: Path, kept: Path | None, seconds: float, say: Callable[[str], None]
) -> Rehearsed:
    """Run a notebook whose kernel works in `folder`; `say` is told of every cell. Raises NotPossible."""
    cells = to_run(overview)
    order = {"folder": str(folder), "seconds": seconds, "cells": [_order(cell) for cell in cells]}
    with tempfile.TemporaryDirectory(prefix="raisin-run-", ignore_cleanup_errors=True) as scratch:
        copy = Path(scratch) / "framework"
        if kept is not None and kept.is_dir():
            shutil.copytree(kept, copy)
        copy.mkdir(exist_ok=True)
        errors = Path(scratch) / "errors"
        answer = _ask(order | {"scratch": scratch, "kept": str(copy)}, errors, cells, say)
        if answer is None:
            raise NotPossible(_last_line(errors))
    ran = {
        cell.place: Ran(tuple(one["outputs"]), one["count"], _error(one["outputs"]))
        for cell, one in zip(cells, answer["cells"], strict=True)
        if one is not None
    }
    stopped = (cells[answer["at"]].place, answer["stopped"]) if answer["stopped"] else None
    return Rehearsed(ran, answer["took"], stopped)


def _order(cell: Cell) -> dict[str, Any]:
    said = cell.raw.get("metadata", {}).get("raisin")
    own = said.get("seconds") if isinstance(said, dict) else None
    return {"text": cell.text, "seconds": own if isinstance(own, int | float) else 0}


def _ask(
    order: dict[str, Any], errors: Path, cells: Sequence[Cell], say: Callable[[str], None]
) -> dict[str, Any] | None:
    """The answer of the process, or None where it ended without one. An interrupt ends it too."""
    environment = {**os.environ, places.REHEARSAL: order["kept"]}
    command = [sys.executable, "-c", _PROGRAM, str(Path(__file__).parents[2])]
    with errors.open("wb") as words:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            env=environment,
            cwd=order["scratch"],
            start_new_session=True,  # Jupyter interrupts all processes of this kernel's session
        )
    assert process.stdin is not None and process.stdout is not None
    alarm = threading.Timer(order["seconds"] + 60 + GRACE, process.kill)  # it counts for itself, without its start
    alarm.start()
    try:
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        for line in process.stdout:
            message: dict[str, Any] = json.loads(line)
            if "cells" in message:
                return message
            say(f"{message['at'] + 1} of {len(cells)}: {cells[message['at']].name}")
        return None
    except OSError:
        return None  # it ended before it had read its order
    finally:
        alarm.cancel()
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close what the process listens to, which makes it end and its kernel with it."""
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            assert pipe is not None
            pipe.close()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_line(errors: Path) -> str:
    lines = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "the process ended without a word"


def _error(outputs: Sequence[dict[str, Any]]) -> str:
    for output in outputs:
        if output.get("output_type") == "error":
            return f"{output.get('ename')}: {output.get('evalue')}"
    return ""


# --- In the process of its own ----------------------------------------------------------------------------------------


def main() -> None:
    """Read an order, run it, answer. Ends at once, with its kernel, when standard input closes."""
    # jsonschema, which nbformat uses, reads a grammar for seconds where it finds this package.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is Python's word for "not there"
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints goes nowhere near the answers
    order = json.loads(sys.stdin.buffer.readline())
    from raisin.lab import fresh

    answer = fresh.run(order, lambda message: print(json.dumps(message), file=answers, flush=True))
    print(json.dumps(answer), file=answers, flush=True)
    answers.close()
    os._exit(0)  # the kernel is gone; threads that wait for standard input are not
