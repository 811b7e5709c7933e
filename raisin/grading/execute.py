"""Runs a submission where nbgrader runs it (listed in nbgrader_config.py), in grading mode: see raisin.grading.marking.

So `nbgrader autograde` and formgrader's button give the points that `raisin grade` gives.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import Execute as NbgraderExecute
from traitlets import Integer

from raisin.grading import runner
from raisin.grading.course import Course, root_of
from raisin.grading.logs import REMARK
from raisin.grading.marking import Marking
from raisin.grading.runner import Clock, Ran, Task


class Execute(NbgraderExecute):  # type: ignore[misc]  # nbgrader publishes no types
    """In the place of nbgrader's own preprocessor, with its settings; the notebook runs in a kernel of ours.

    A cell of the source may say how long it may run, in its metadata: ``"raisin": {"seconds": 60}``; any other has
    ``c.Execute.timeout``.
    """

    iopub_timeout = Integer(15, help="Seconds to wait for a cell's outputs after it ended.").tag(config=True)
    notebook_seconds = Integer(300, help="Seconds for all cells of a notebook together.").tag(config=True)

    @property
    def clock(self) -> Clock:
        """The settings that a run depends on."""
        return Clock(self.timeout, self.notebook_seconds, self.startup_timeout, self.iopub_timeout)

    def preprocess(self, nb: Any, resources: Any, km: Any = None) -> tuple[Any, Any]:
        about = resources["nbgrader"]
        course = Course(root_of(Path(resources["metadata"]["path"]).absolute()), config=self.config)
        marking = Marking(course, about["student"], about["notebook"], nb, self.clock)
        task: Task | None = marking.task()
        while task is not None:
            task = marking.take(_run(task))
        marking.finish()
        for remark in marking.remarks:
            self.log.warning("%s", remark, extra={REMARK: True})
        return nb, resources


def _run(task: Task) -> Ran:
    """Here; but in a thread of its own behind formgrader's button, where the server's event loop runs in this one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return runner.run(task)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(runner.run, task).result()


def clock_of(course: Course) -> Clock:
    """The limits of time that the course's settings say."""
    return Execute(config=course.config).clock
