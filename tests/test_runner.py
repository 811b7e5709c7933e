"""A task in, what its cells gave out: the kernels that fail us, and the cells that end them."""

import pickle
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from raisin.grading import runner, sandbox
from raisin.grading.lease import Order
from raisin.grading.runner import Clock, Source, Task, run

GRADE = {"RAISIN_MODE": "grade", "RAISIN_SEED": "s", "RAISIN_NONCE": "n"}
CHECK = 'from raisin import lab\n@lab.equal("{0}")\ndef _(rng):\n    return {0}(rng.normal())\n'
LOST = "Timeout waiting for IOPub output"


def task(*cells: str | Source, **more: Any) -> Task:
    named = [cell if isinstance(cell, Source) else Source(f"cell-{k}", cell) for k, cell in enumerate(cells)]
    return Task(tuple(named), Order(environment=GRADE), sandbox=not sandbox.available(), **more)


def text(cell: runner.Cell) -> str:
    return "".join(output.get("text", "") for output in cell.shown)


@pytest.mark.slow
def test_outputs_come_back_and_what_checks_sent_comes_apart() -> None:
    asked = task("print(6 * 7)\n6", "def f(x):\n    return x\n", Source("test", CHECK.format("f"), test=True))
    ran = run(pickle.loads(pickle.dumps(asked)))
    assert text(ran.cells[0]) == "42\n" and ran.cells[0].shown[1]["data"]["text/plain"] == "6"
    (sent,) = ran.cells[2].heard
    assert sent["data"]["application/vnd.raisin.values+json"]["what"] == "f" and ran.cells[2].shown == ()
    assert [cell.count for cell in ran.cells] == [1, 2, 3] and ran.remarks == ()
    assert ran.seconds > 0 and ran.numpy and pickle.loads(pickle.dumps(ran)) == ran
    if asked.sandbox:
        assert ran.cpu > 0 and ran.memory > 10_000_000


@pytest.mark.slow
def test_a_cell_that_ends_the_kernel_is_left_out_and_the_others_count() -> None:
    ran = run(task("a = 1", "import os\nos._exit(3)", "print(a)", Source("test", "import os\nos._exit(1)", test=True)))
    assert text(ran.cells[2]) == "1\n"
    assert [cell.ended for cell in ran.cells] == ["", "the kernel died", "", "the kernel died"]
    assert ran.cells[1].count is None
    assert ran.remarks[0] == "cell-1: the kernel died; the rest was run without this cell"


@pytest.mark.slow
def test_a_cell_may_await() -> None:
    ran = run(task("import asyncio\nprint(await asyncio.sleep(0, 'awaited'))", "print(await asyncio.sleep(0, 3))"))
    assert [text(cell) for cell in ran.cells] == ["awaited\n", "3\n"] and ran.seconds < 30


@pytest.mark.slow
def test_an_endless_cell_costs_its_own_seconds() -> None:
    ran = run(task(Source("loop", "while True:\n    pass", seconds=1), "print(2)"))
    assert ran.cells[0].shown[-1]["ename"] in ("CellTimeoutError", "KeyboardInterrupt") and text(ran.cells[1]) == "2\n"
    assert ran.seconds < 30


@pytest.mark.slow
def test_a_notebook_has_so_many_seconds_and_no_more() -> None:
    """Ten cells of a second each in a notebook of three: the later ones are cut short, and still tried."""
    slow = "import time\ntime.sleep(2)"
    ran = run(replace(task(*[slow] * 4), clock=Clock(cell=10, notebook=3)))
    stopped = [any(output["output_type"] == "error" for output in cell.shown) for cell in ran.cells]
    assert stopped[0] is False and stopped[-1] is True


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Let nbclient fail so many times, in this way."""

    def fails(times: int, error: Exception, *, over: bool = False) -> list[int]:
        calls: list[int] = []

        async def execute(self: Any, **more: Any) -> None:
            calls.append(1)
            self.at, self.cell_ends = 0, time.monotonic() + (-1 if over else 100)
            if len(calls) <= times:
                raise error

        monkeypatch.setattr(NotebookClient, "async_execute", execute)
        return calls

    return fails


def test_a_kernel_that_never_starts_is_started_again(kernel: Callable[..., list[int]]) -> None:
    """Three times at most; any other error is not tried again."""
    calls = kernel(2, RuntimeError("Kernel didn't respond in 60 seconds"))
    assert run(task("1")).remarks == () and len(calls) == 3
    kernel(3, RuntimeError("Kernel died before replying to kernel_info"))
    with pytest.raises(RuntimeError, match="died"):
        run(task("1"))
    calls = kernel(1, RuntimeError("something else"))
    with pytest.raises(RuntimeError, match="something else"):
        run(task("1"))
    assert len(calls) == 1


def test_lost_outputs_are_asked_for_once_more(kernel: Callable[..., list[int]]) -> None:
    kernel(1, CellTimeoutError(LOST))
    assert run(task("1")).remarks == ()
    kernel(2, CellTimeoutError(LOST))
    assert runner.SILENT in run(task("1")).remarks[0]


def test_a_kernel_that_does_not_stop_is_not_started_again(kernel: Callable[..., list[int]]) -> None:
    """Its outputs never end, and the cell's time is over: the notebook is judged by what came before."""
    calls = kernel(1, CellTimeoutError(LOST), over=True)
    ran = run(task("1", "2"))
    assert [cell.ended for cell in ran.cells] == [runner.NEVER_STOPS] * 2 and len(calls) == 1


def test_messages_that_cannot_be_read_end_the_notebook(kernel: Callable[..., list[int]]) -> None:
    kernel(1, KeyError("msg_id"))
    assert runner.UNREADABLE in run(task("1")).remarks[0]
    kernel(1, KeyError("own mistake"))
    with pytest.raises(KeyError, match="own mistake"):
        run(task("1"))


def test_a_kernel_that_dies_once_is_nobodys_fault(kernel: Callable[..., list[int]]) -> None:
    calls = kernel(1, DeadKernelError("killed from outside"))
    ran = run(task("1", "2"))
    assert ran.remarks == () and [cell.ended for cell in ran.cells] == ["", ""] and len(calls) == 2


def test_a_third_cell_that_ends_its_kernel_is_the_last(kernel: Callable[..., list[int]]) -> None:
    calls = kernel(9, DeadKernelError("died"))
    ran = run(task("1", "2"))
    assert len(calls) == 4 and ran.cells[1].ended == runner.DIED  # the first cell had a second try
