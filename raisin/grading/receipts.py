"""What `raisin collect` has to say: a line for each thing that came, or that did not, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from raisin.grading import terminal

RECEIVED, REPLACED, UNCHANGED, ODD, MISSING = "received", "replaced", "unchanged", "not understood", "missing"
_ORDER = (RECEIVED, REPLACED, UNCHANGED, ODD, MISSING)
LATE = "late"


@dataclass(frozen=True)
class Receipt:
    """One line of what `collect` has to say. `state`: received, unchanged, replaced, not understood or missing; `late`:
    "", "late", or by how much."""

    student: str
    notebook: str
    state: str
    words: str = ""
    name: str = ""
    late: str = ""


def show(receipts: Sequence[Receipt]) -> int:
    """Print what `collect` found, one line for all that somebody misses; the exit status: 1 when something was not
    understood."""
    rows = [
        (r.student, r.name, r.notebook, r.state, r.late, r.words)
        for r in sorted(_joined(receipts), key=lambda r: _ORDER.index(r.state))
    ]
    columns = ["student", "name", "notebook", "", LATE, "what to do, or to know"]
    for k in (4, 1):  # a column that says nothing
        if not any(row[k] for row in rows):
            rows = [(*row[:k], *row[k + 1 :]) for row in rows]  # type: ignore[misc]  # shorter by one
            del columns[k]
    out = terminal.console()
    out.print(terminal.table("Collected", columns, rows))
    counts = [f"{sum(r.state == state for r in receipts)} {state}" for state in _ORDER]
    late = sum(bool(r.late) for r in receipts)
    out.print(", ".join([*counts[:3], *([f"{late} late"] if late else []), *counts[3:]]))
    return 1 if any(r.state == ODD for r in receipts) else 0


def _joined(receipts: Sequence[Receipt]) -> list[Receipt]:
    missing: dict[tuple[str, str], Receipt] = {}
    others = []
    for receipt in receipts:
        before = missing.get((receipt.student, receipt.words))
        if receipt.state != MISSING:
            others.append(receipt)
        elif before is None:
            missing[receipt.student, receipt.words] = receipt
        else:
            both = f"{before.notebook}, {receipt.notebook}"
            missing[receipt.student, receipt.words] = replace(before, notebook=both)
    return [*others, *missing.values()]
