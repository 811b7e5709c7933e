"""A class: submissions through sanitising, execution, judging and saving, several at a time, by one writer.

    plan --> prepare (sanitised, here) --> engine: run (anywhere) --> judged --> saved (here) --> results

A student is the unit of order: a later notebook is prepared when the earlier one is saved, because its report says what
failed there. Nobody stops the others; what ends a run at any moment costs nothing that the next run would not do again.
"""

import queue
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

from raisin.grading import engines, late, logs, plan, release, sandbox, submission
from raisin.grading.course import Course
from raisin.grading.engines import Engine, WorkerLost
from raisin.grading.errors import BrokenSource, ClusterFailed, NoRoom, NoSandbox, is_no_room
from raisin.grading.execute import clock_of
from raisin.grading.late import Moved
from raisin.grading.logs import Hearing, Result
from raisin.grading.marking import Marking
from raisin.grading.plan import Plan
from raisin.grading.runner import Ran, Task
from raisin.grading.submission import Job
from raisin.grading.writer import Writer

NO_SANDBOX = "NO SANDBOX: students' code runs as you, and can read and change whatever you can"


@dataclass
class Going:
    """A submission at work: its future is `running` while its notebook is."""

    job: Job
    marking: Marking | None = None
    future: "Future[Ran] | None" = None
    heard: Hearing = field(default_factory=Hearing)
    began: float = 0.0

    @property
    def running(self) -> bool:
        return self.future is not None and self.future.running()


@dataclass(frozen=True)
class Event:
    """Something happened: `result` is what became of a submission, or None where one went to the engine.

    `moved`: at the end, what coming late costs now and did not before.
    """

    going: tuple[Going, ...] = ()
    result: Result | None = None
    moved: tuple[Moved, ...] = ()


def run(course: Course, planned: Plan, engine: Engine) -> Iterator[Event]:
    """Grade what is planned; events as they come. Closing this iterator gives up what is not saved.

    Raises InUse, NoSandbox (before anything is run), BrokenSource, NoRoom, ClusterFailed; what was saved by then stays.
    """
    if not planned.jobs:
        yield Event(moved=late.settle_if_free(course))  # a due date may have moved: that needs no run
        return
    # Dask's workers answer for themselves.
    if course.sandbox and isinstance(engine, engines.Local) and (reason := sandbox.available()):
        raise NoSandbox(reason)
    late.check(course)
    with late.alone(course):
        notebooks = {job.notebook for job in planned.jobs}
        release.record(course, [name for name in course.notebooks if name in notebooks])
        writer = Writer(course)
        try:
            yield from _Run(course, planned, engine, writer).events()
        finally:
            writer.close()
        yield Event(moved=late.settled(course))


class _Run:
    """One run: students wait, their submissions are at work, results come."""

    def __init__(self, course: Course, planned: Plan, engine: Engine, writer: Writer) -> None:
        self._course, self._engine, self._writer = course, engine, writer
        self._clock = clock_of(course)
        self._waiting = [list(jobs) for jobs in reversed(planned.students)]
        self._going: dict[int, tuple[Going, list[Job]]] = {}
        self._done: queue.SimpleQueue[int] = queue.SimpleQueue()

    def events(self) -> Iterator[Event]:
        while self._waiting or self._going:
            # One more than can run, so that no worker waits for us.
            while self._waiting and len(self._going) <= self._engine.width:
                yield from self._begin(self._waiting.pop())
            if self._going:
                going, rest = self._going.pop(self._done.get())
                yield from self._go_on(going, rest)

    def _event(self, result: Result | None = None) -> Event:
        return Event(tuple(going for going, _ in self._going.values()), result)

    def _begin(self, jobs: list[Job]) -> Iterator[Event]:
        """Prepare a student's next submission; where it cannot be, say so and take the one after it."""
        while jobs:
            job, *jobs = jobs
            going = Going(job, began=time.monotonic())
            reason = submission.unfit(self._course, job)
            if not reason:
                try:
                    with going.heard:
                        nb = self._writer.sanitised(job)
                        going.marking = Marking(self._course, job.student, job.notebook, nb, self._clock)
                        self._submit(going, going.marking.task(), jobs)
                    yield self._event()
                    return
                except BrokenSource:
                    raise
                except Exception as error:  # whatever it is, the other submissions go on, and this one is not 0
                    reason = _reason(going, error)
            yield self._event(self._failed(going, reason))

    def _submit(self, going: Going, task: Task, rest: list[Job]) -> None:
        going.future = future = self._engine.submit(task)
        self._going[id(future)] = (going, rest)
        future.add_done_callback(lambda future: self._done.put(id(future)))

    def _go_on(self, going: Going, rest: list[Job]) -> Iterator[Event]:
        """A run has ended: another one for the same submission, or its result and the student's next."""
        marking, future = going.marking, going.future
        assert marking is not None and future is not None
        try:
            ran = future.result()
            going.heard.say(ran.log)
            with going.heard:
                if (task := marking.take(ran)) is not None:
                    self._submit(going, task, rest)
                    yield self._event()
                    return
                result = self._saved(going, marking)
        except (NoSandbox, ClusterFailed):
            raise
        except Exception as error:  # as above
            result = self._failed(going, _reason(going, error))
        yield self._event(result)
        yield from self._begin(rest)

    def _saved(self, going: Going, marking: Marking) -> Result:
        job = going.job
        marking.finish()
        reason, seen = submission.look_at(marking.nb)
        if reason:
            return self._failed(going, reason)
        log = self._course.log(job.student, job.notebook)
        logs.begin(log)
        total = self._writer.save(job, marking.nb)
        ran = marking.ran
        result = Result(
            job.student,
            job.notebook,
            job.handed_in,
            dict(job.depends),
            remarks=tuple(dict.fromkeys([*marking.remarks, *going.heard.remarks, *seen])),
            total=total,
            seconds=ran.seconds,
            cpu=ran.cpu,
            memory=ran.memory,
            again=marking.again,
            carried=marking.carried,
        )
        logs.write(log, result, going.heard.text)
        return result

    def _failed(self, going: Going, reason: str) -> Result:
        """What could not be graded leaves no points behind, neither 0 nor half of them."""
        job = going.job
        log = self._course.log(job.student, job.notebook)
        result = Result(job.student, job.notebook, job.handed_in, dict(job.depends), reason)
        try:
            logs.begin(log)
            self._writer.forget(job)
            logs.write(log, result, going.heard.text)
        except (OperationalError, OSError) as error:
            if is_no_room(error):
                raise NoRoom(error) from error
            going.heard.say(traceback.format_exc())
        return result


def _reason(going: Going, error: Exception) -> str:
    """In a line, why a submission was not graded; the whole story goes to its log. Raises NoRoom."""
    if is_no_room(error):
        raise NoRoom(error) from error
    going.heard.say("".join(traceback.format_exception(error)))
    if isinstance(error, WorkerLost):
        return (
            f"the process that graded it was ended from outside ({error}); grade it again, on one machine with --jobs 1"
        )
    return submission.why(error)


def grade(
    course: Course,
    names: Sequence[str] = (),
    *,
    student: str | None = None,
    jobs: int = 1,
    force: bool = False,
) -> tuple[Result, ...]:
    """Grade what was handed in (by `student` only, these notebooks only) on this machine, without a word.

    One result per submission, old ones too. What has not changed since it was graded is left alone unless `force`.
    Raises NoSuchNotebook, NoSuchFolder, NotReleasable, and what `run` raises.
    """
    planned = plan.make(course, names, student, force=force)
    engine = engines.Local(min(jobs, len(planned.jobs)))
    try:
        results = [event.result for event in run(course, planned, engine) if event.result is not None]
    finally:
        engine.close()
    return in_order([*planned.results, *results])


def in_order(results: Sequence[Result]) -> tuple[Result, ...]:
    return tuple(sorted(results, key=lambda result: (result.student, result.notebook)))
