"""`submit`: from the open notebook to one zip, or to a list of what is still to do. Nothing is made in that case.

    open notebook --names, blanks, saved?--> run from the top in a fresh kernel --errors, checks--> PDF --> zip

The quick questions come first: as long as there is something to do, nobody waits for a run.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from raisin.lab import opened, parcel, places, session
from raisin.lab.history import Found
from raisin.lab.opened import Opened
from raisin.lab.overview import Cell, Overview
from raisin.lab.parcel import Parcel
from raisin.lab.progress import table
from raisin.lab.rehearsal import NotPossible, Rehearsed, rehearse
from raisin.lab.session import Session
from raisin.students import members, wrong

SECONDS = 600
SHOWN = 12  # so many errors of a run are listed
_BLANK = "NotImplementedError"


@dataclass(frozen=True)
class ToDo:
    """One thing to do before handing in. `may_stay`: with ``unfinished=True`` it is handed in like this."""

    words: str
    may_stay: bool = False


def submit(
    notebook: str | os.PathLike[str] | None = None,
    *,
    unfinished: bool = False,
    pdf: bool = True,
    seconds: float = SECONDS,
) -> None:
    """Make the zip to hand in, or say what is missing; nothing at grading.

    `notebook`: its file, where it is not found by itself. `unfinished=True` hands in what is blank or fails, and says
    so in the zip; names and a saved file are always needed. `pdf=False` leaves the printout out. `seconds`: how long
    the run from the top may take; one cell a fifth of that.
    """
    current = session.current()
    if places.nobody_looks(current.place if current is not None else None):
        return
    if current is None:
        _say_missing([ToDo("run the first cell of the notebook, with its lab.start(...)")])
        return
    try:
        here = opened.find(current.notebook, current.namespace, notebook)
    except (LookupError, ValueError) as error:
        _say_missing([ToDo(str(error))])
        return
    todo = before_the_run(here, current.notebook) + _about_the_printer(pdf, current.place)
    if _stands_in_the_way(todo, unfinished):
        return
    try:
        ran = rehearse(here.overview, current.folder, current.place.kept, seconds, _tell)
    except NotPossible as error:
        hint = "; say %pip install nbclient in a cell of its own" if "nbclient" in str(error) else ""
        _say_missing([ToDo(f"the notebook could not be run from the top: {error}{hint}")])
        return
    print(f"\r{len(ran.cells)} cells ran from the top in {ran.seconds:.0f} s".ljust(79))
    todo += after_the_run(here.overview, ran)
    if not _stands_in_the_way(todo, unfinished):
        _make(here, current, ran, [item.words for item in todo], pdf)


def before_the_run(here: Opened, name: str) -> list[ToDo]:
    """What can be seen without running anything."""
    overview = here.overview
    todo = [ToDo(f"cell students: {line}") for line in wrong(overview.code)]
    if not any("lab.start(" in text and name in text for text in overview.code):
        todo.append(ToDo(f"{here.where} has no lab.start({name!r}): it is another notebook; give the path of this one"))
    if late := here.unsaved():
        cells = "; ".join(text.splitlines()[0][:60] for text in late[:3])
        todo.append(ToDo(f"save the notebook (Ctrl+S): {len(late)} cell(s) that ran are not in the file: {cells}"))
    todo += [ToDo(line, may_stay=any(cell.points for cell in overview.cells)) for line in overview.damage()]
    for task in overview.tasks:
        for cell in task.blank if not task.bonus else ():
            what = f"{cell.name}, an answer in words," if cell.role == "written" else cell.name
            todo.append(ToDo(f"{task.title}: {what} is still blank", may_stay=True))
    studies = [cell.name for cell in overview.cells if cell.is_study and not _was_run(cell)]
    if studies:
        words = "run these cells and save; they are not run again, their outputs are handed in: "
        todo.append(ToDo(words + ", ".join(studies), may_stay=True))
    return todo


def _was_run(cell: Cell) -> bool:
    return cell.raw.get("execution_count") is not None or bool(cell.raw.get("outputs"))


def after_the_run(overview: Overview, ran: Rehearsed) -> list[ToDo]:
    """What the run from the top has shown: errors and failing checks, except where the answer is a known blank."""
    todo = []
    for cell in overview.cells:
        error = ran.cells[cell.place].error if cell.place in ran.cells else ""
        task = overview.task_of(cell)
        if not error or cell.is_blank or (task is not None and task.bonus):
            continue
        where = f"{task.title}: " if task is not None else ""
        first = error.split("\n")[0][:160]
        if cell.role == "test":
            if not (task is not None and task.blank):
                todo.append(ToDo(f"{where}{cell.name} does not pass: {first}", may_stay=True))
        elif not (error.startswith(_BLANK) and any(known.blank for known in overview.tasks)):
            todo.append(ToDo(f"{where}the cell {cell.name} fails when all cells run from the top: {first}", True))
    if len(todo) > SHOWN:
        todo[SHOWN:] = [ToDo(f"and {len(todo) - SHOWN} more; the first one may be the reason for the others", True)]
    if ran.stopped is not None:
        place, why = ran.stopped
        todo.append(ToDo(f"the cell {overview.cells[place].name}: {why}; what comes after it was not run", True))
    return todo


def _stands_in_the_way(todo: Sequence[ToDo], unfinished: bool) -> bool:
    """Whether the zip cannot be made; then says so."""
    blocking = [item for item in todo if not (item.may_stay and unfinished)]
    if blocking:
        _say_missing(blocking)
    return bool(blocking)


def _say_missing(todo: Sequence[ToDo]) -> None:
    print("Not ready to hand in, and no zip was made. To do:")
    for number, item in enumerate(todo, 1):
        print(f"  {number}. {item.words}")
    print("Then save the notebook and run this cell again.")
    if all(item.may_stay for item in todo):
        print("To hand in all the same, with these things as they are: lab.submit(unfinished=True)")


def _tell(words: str) -> None:
    print(f"\rrunning from the top in a fresh kernel: {words}"[:78].ljust(79), end="", flush=True)


def _about_the_printer(pdf: bool, place: places.Place) -> list[ToDo]:
    """What must be installed for the PDF. On Colab, whose machine is gone tomorrow anyway, that is done at once."""
    lacking = parcel.lacking_for_print() if pdf else ()
    if lacking and place.colab:
        print("Installing what the PDF needs (once for this machine, about 100 MB) ...")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *lacking]
        subprocess.run(pip, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lacking = parcel.lacking_for_print()
    return [ToDo(_how_to_print("; the printer for the PDF is not installed", lacking))] if lacking else []


def _how_to_print(why: str, lacking: Iterable[str]) -> str:
    packages = " ".join(f'"{wanted}"' for wanted in lacking)
    install = f"say %pip install {packages} in a cell of its own, or " if packages else ""
    return f"{why.lstrip('; ')}: {install}hand in without a PDF: lab.submit(pdf=False)"


def _make(here: Opened, current: Session, ran: Rehearsed, unfinished: Sequence[str], pdf: bool) -> None:
    """Print, pack, say where it lies, and offer it."""
    overview, name = here.overview, current.notebook
    shown = table(name, overview, passed(overview, ran))
    files = {f"{name}.ipynb": parcel.as_run(overview, ran, shown)}
    remarks: list[str] = []
    if pdf:
        try:
            files[f"{name}.pdf"], missing = parcel.printed(files[f"{name}.ipynb"], name)
        except parcel.NotPrinted as error:
            _say_missing([ToDo(_how_to_print(str(error), ()))])
            return
        remarks += [f"the PDF lacks something: {line}" for line in missing]
    if any("stand_in=True" in text for text in overview.code):
        remarks.append("the earlier parts are a stand-in here; graded are the notebooks that you handed in")
    facts = [f"run from the top in a fresh kernel: {len(ran.cells)} cells in {ran.seconds:.0f} s"]
    facts.append(f"checks that can be seen, passed in that run: {shown.total[2]}")
    facts += [*remarks, *([] if pdf else ["without a PDF, as wished"])]
    made = Parcel(name, members(overview.code), files, tuple(facts), tuple(unfinished))
    path = made.write(_folder(here, current))
    print(f"{path.name} is ready. Hand in this one file; it lies in {path.parent}")
    for line in (*files, parcel.LIST):
        print(f"  {line}")
    for line in (*facts[1:], *(f"unfinished: {item}" for item in unfinished)):
        print(f"  - {line}")
    if current.place.colab:
        _offer(path)


def passed(overview: Overview, ran: Rehearsed) -> dict[str, Found]:
    """What the checks of the run said: each prints a line when it passes."""
    found: dict[str, Found] = {}
    for cell in overview.cells:
        lines = ran.cells[cell.place].printed.splitlines() if cell.checks and cell.place in ran.cells else []
        found |= {what: Found(any(line.startswith(f"✓ {what}") for line in lines), 0.0) for what in cell.checks}
    return found


def _folder(here: Opened, current: Session) -> Path:
    """Beside the notebook; on Colab in the student's Drive, where there is one."""
    drive = places.MOUNT / "MyDrive"
    if current.place.colab:
        folder = drive / "raisin" if drive.is_dir() else current.folder
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    return here.path.parent if here.path is not None else current.folder


def _offer(path: Path) -> None:
    """Let the browser download it."""
    with contextlib.suppress(Exception):
        from google.colab import files

        files.download(str(path))
        return
    print("Your browser did not take it: download it from the folder on the left.")
