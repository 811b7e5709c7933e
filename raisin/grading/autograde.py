"""Many submissions: which ones to grade, several at a time, and what to say at the end.

    students --> threads, one worker process each --> one submission at a time --> results, one after the other

A worker process grades one submission after the other. When it dies, that submission is listed and the thread starts
another process; what the other threads do is not touched. Every worker writes its own rows to the gradebook.
"""

import multiprocessing
import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from nbgrader.api import Gradebook
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from raisin.grading import logs, release, sandbox, start_quickly, submission, terminal
from raisin.grading.course import Course, open_nbgrader
from raisin.grading.errors import NoSandbox, NoSuchFolder
from raisin.grading.logs import Result
from raisin.grading.submission import Job

NO_SANDBOX = "NO SANDBOX: students' code runs as you, and can read and change whatever you can"


@dataclass(frozen=True)
class Event:
    """From a thread: a job began (`result` None, `dead` False), ended, or took its process with it."""

    job: Job
    result: Result | None = None
    dead: bool = False


def grade(
    course: Course,
    names: Sequence[str] = (),
    *,
    student: str | None = None,
    jobs: int = 1,
    force: bool = False,
) -> tuple[Result, ...]:
    """Grade what was handed in (by `student` only, these notebooks only); one result per submission, old ones too.

    What has not changed since it was graded is left alone unless `force`; what failed before is tried again.
    Raises NoSuchNotebook, NoSuchFolder, NotReleasable; NoSandbox, before anything is run.
    """
    notebooks = course.chosen(names)
    if student is not None and student not in course.students:
        raise NoSuchFolder(f"submitted/ holds no folder {student!r}; `raisin collect FOLDER` puts it there")
    students = (student,) if student is not None else course.students
    planned, results = plan(course, students, notebooks, force)
    if planned and course.sandbox and (reason := sandbox.available()):
        raise NoSandbox(reason)
    if planned:
        chosen = {job.notebook for todo in planned for job in todo}
        release.record(course, [name for name in notebooks if name in chosen])
        results += _with_progress(planned, jobs)
    return tuple(sorted(results, key=lambda result: (result.student, result.notebook)))


def plan(
    course: Course, students: Sequence[str], notebooks: Sequence[str], force: bool
) -> tuple[list[list[Job]], list[Result]]:
    """What is to be graded, student by student, and the results that still hold."""
    graded = set() if force else _in_gradebook(course)
    planned: list[list[Job]] = []
    results: list[Result] = []
    for student in students:
        todo = []
        for notebook in notebooks:
            if not course.has_submission(student, notebook):
                continue
            job = submission.make_job(course, student, notebook)
            last = logs.read(course, student, notebook)
            holds = last is not None and not last.reason and last.fingerprint == job.fingerprint
            there = (student, notebook) in graded and course.autograded(student, notebook).is_file()
            if last is not None and holds and there:
                results.append(last)
            else:
                todo.append(job)
        if todo:
            planned.append(todo)
    return planned, results


def _in_gradebook(course: Course) -> set[tuple[str, str]]:
    coursedir = open_nbgrader(course.root).coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        return {(s.student_id, a.name) for a in gradebook.assignments for s in a.submissions}


def run(planned: Sequence[Sequence[Job]], workers: int) -> Iterator[Event]:
    """Grade all jobs, `workers` students at a time; events as they come."""
    students: queue.SimpleQueue[Sequence[Job]] = queue.SimpleQueue()
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    for todo in planned:
        students.put(todo)
    stop = threading.Event()
    count = max(1, min(workers, len(planned)))
    threads = [threading.Thread(target=_serve, args=(students, events, stop)) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        left = sum(len(todo) for todo in planned)
        while left:
            event = events.get()
            left -= event.result is not None or event.dead
            yield event
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _serve(
    students: "queue.SimpleQueue[Sequence[Job]]", events: "queue.SimpleQueue[Event]", stop: threading.Event
) -> None:
    worker: ProcessPoolExecutor | None = None
    while not stop.is_set():
        try:
            todo = students.get_nowait()
        except queue.Empty:
            break
        for job in todo:
            if stop.is_set():
                break
            events.put(Event(job))
            worker = worker or _start_worker()
            try:
                events.put(Event(job, worker.submit(submission.grade, job).result()))
            except BaseException as error:
                # The process is gone, or cannot even say what went wrong: take another one.
                if isinstance(error, BrokenProcessPool):
                    worker.shutdown(wait=False)
                    worker = None
                events.put(Event(job, dead=True))
    if worker is not None:
        worker.shutdown()


def _start_worker() -> ProcessPoolExecutor:
    """One process, not forked: threads and open connections of this one must not come along."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=start_quickly)


def _with_progress(planned: Sequence[Sequence[Job]], workers: int) -> list[Result]:
    out = terminal.console()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    results: list[Result] = []
    busy: dict[str, None] = {}
    total = sum(len(todo) for todo in planned)
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as progress:
        task = progress.add_task("grading", total=total)
        for event in run(planned, workers):
            name = terminal.printable(f"{event.job.student} {event.job.notebook}")
            if event.result is None and not event.dead:
                busy[name] = None
            else:
                busy.pop(name, None)
                results.append(event.result or submission.died(event.job))
                progress.advance(task)
                if not out.is_terminal:
                    words = "a person must look" if results[-1].reason else "graded"
                    out.print(f"[{len(results)}/{total}] {name}: {words}", markup=False)
            progress.update(task, description=", ".join(busy) or "grading")
    return results


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
        words = f"{len(again)} notebooks ran a second time, on the course's own earlier parts: {seconds:.0f} s in all"
        out.print(f"{words}; {carried} checks count because of it")
    plain = len(results) - len(remarked) - len(unsolved)
    out.print(f"{plain} graded, {len(remarked)} graded with a remark, {len(unsolved)} a person must look")
    return 1 if unsolved else 0
