"""What people see of a run: how far it is, who is slow, and at the end what became of everybody."""

import time
from collections import Counter
from collections.abc import Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from raisin.grading import autograde, grades, logs, terminal
from raisin.grading.autograde import Event, in_order
from raisin.grading.course import Course
from raisin.grading.engines import Engine
from raisin.grading.logs import Result
from raisin.grading.plan import FAILED, Plan

SLOW = 15.0  # seconds after which a submission is shown with its time
_EVERY = 30.0  # seconds between two lines where there is no terminal
_SHOWN = 3
_FEW = 100  # up to so many submissions, each has a line where there is no terminal


def run(course: Course, planned: Plan, engine: Engine) -> tuple[Result, ...]:
    """Grade what is planned and show it; one result per submission, old ones too. Raises what `autograde.run` does."""
    out = terminal.console()
    results: list[Result] = []
    total = len(planned.jobs)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    spoken = began = time.monotonic()
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as progress:
        task = progress.add_task("starting", total=total)
        for event in autograde.run(course, planned, engine):
            if event.result is not None:
                results.append(event.result)
                if event.result.reason or (not out.is_terminal and total <= _FEW):
                    name = terminal.printable(f"{event.result.student} {event.result.notebook}")
                    words = f"a person must look: {event.result.reason}" if event.result.reason else "graded"
                    out.print(f"[{len(results)}/{total}] {name}: {words}", markup=False, soft_wrap=True)
            for one in event.moved:
                name = terminal.printable(f"{one.student} {one.notebook}")
                words = f"coming late costs {grades.number(one.now)} points, before {grades.number(one.before)}"
                out.print(f"{name}: {words}", markup=False, soft_wrap=True)
            progress.update(task, completed=len(results), description=at_work(event))
            if not out.is_terminal and time.monotonic() - spoken > _EVERY:
                spoken = time.monotonic()
                out.print(in_words(event, len(results), total, spoken - began), markup=False, soft_wrap=True)
    return in_order([*planned.results, *results])


def at_work(event: Event) -> str:
    """How many run, and who among them is slow, the slowest first."""
    now = time.monotonic()
    running = [going for going in event.going if going.running]
    slow = sorted((going for going in running if now - going.began > SLOW), key=lambda going: going.began)
    names = [f"{going.job.student} {going.job.notebook} {now - going.began:.0f} s" for going in slow[:_SHOWN]]
    return terminal.printable(f"{len(running)} running{', slow: ' if names else ''}{', '.join(names)}")


def in_words(event: Event, done: int, total: int, seconds: float) -> str:
    """The same as a line: done, left, time to go."""
    to_go = seconds / done * (total - done) if done else float("inf")
    minutes = f"about {to_go / 60:.0f} min to go" if done else "time to go not known yet"
    return f"{done} of {total} done, {at_work(event)}, {total - done} left, {minutes}"


def would(planned: Plan) -> None:
    """Say what a run would do, and why."""
    out = terminal.console()
    rows = [(job.student, job.notebook, job.why) for job in sorted(planned.jobs, key=lambda j: (j.student, j.notebook))]
    if rows:
        out.print(terminal.table("Would be graded", ("student", "notebook", "why"), rows))
    known = sum(job.seconds for job in planned.jobs)
    words = f", {known:.0f} s of running by what they took the last time" if known else ""
    out.print(f"{len(rows)} to grade{words}; {len(planned.results)} as they are")


def show(results: Sequence[Result]) -> int:
    """Print what became of the submissions; the exit status: 1 when a person must look at one."""
    out = terminal.console()
    remarked = [(r.student, r.notebook, "; ".join(r.remarks)) for r in results if r.remarks and not r.reason]
    unsolved = [(r.student, r.notebook, r.reason) for r in results if r.reason]
    if remarked:
        out.print(terminal.table("Graded with a remark", ("student", "notebook", "remark"), remarked))
    if unsolved:
        title = "Not graded: a person must look (no points, not 0)"
        out.print(terminal.table(title, ("student", "notebook", "reason"), unsolved))
    again = [result for result in results if result.again]
    if again:
        seconds, carried = sum(result.again for result in again), sum(result.carried for result in again)
        where = "on the course's own earlier parts or a partner's"
        words = f"{len(again)} notebooks ran a second time, {where}: {seconds:.0f} s in all"
        out.print(f"{words}; {carried} checks count because of it")
    plain = len(results) - len(remarked) - len(unsolved)
    out.print(f"{plain} graded, {len(remarked)} graded with a remark, {len(unsolved)} a person must look")
    return 1 if unsolved else 0


def status(course: Course, planned: Plan) -> int:
    """Print how things stand, without running anything; the exit status as of `show`."""
    out = terminal.console()
    failed = [logs.read(course, job.student, job.notebook) for job in planned.jobs if job.why == FAILED]
    status = show(in_order([*planned.results, *filter(None, failed)]))
    waiting = Counter((job.notebook, job.why) for job in planned.jobs if job.why != FAILED)
    if waiting:
        rows = [(notebook, why, str(count)) for (notebook, why), count in sorted(waiting.items())]
        title = "Waiting for `raisin grade`"
        out.print(terminal.table(title, ("notebook", "why", "how many"), rows, right=("how many",)))
    return status
