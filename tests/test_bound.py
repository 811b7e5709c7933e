"""What a running kernel may send: bounded, and never into another cell."""

import resource
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete

from raisin.grading import bound, outputs
from raisin.grading.bound import Bound
from raisin.grading.exchange import Exchange
from raisin.grading.kernels import FileKernelManager


class Client(Bound, Exchange, NotebookClient):
    """What a run is made of, on a plain kernel."""

    def create_kernel_manager(self) -> FileKernelManager:
        self.km = FileKernelManager()
        return self.km


def client(*sources: str) -> Client:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    made = Client(nbformat.v4.new_notebook(cells=cells), allow_errors=True, timeout=60, record_timing=False)
    made.reset_execution_trackers()
    made.clear_before_next_output = False  # as async_execute_cell does
    return made


def message(kind: str, **content: Any) -> dict[str, Any]:
    return {"msg_type": kind, "header": {"msg_type": kind}, "parent_header": {"msg_id": "1"}, "content": content}


def heard(*messages: dict[str, Any]) -> list[Any]:
    """The outputs of a cell after these messages."""
    made = client("1")
    for one in messages:
        made.process_message(one, made.nb.cells[0], 0)
    return list(made.nb.cells[0].outputs)


def test_outputs_beyond_the_allowance_are_dropped_as_they_come() -> None:
    line = message("stream", name="stdout", text="x" * 100_000)
    kept = heard(*[line] * 500)
    assert outputs.size(kept) < outputs.CELL_BYTES + 20_000 and "cut" in kept[-1].text
    assert sum("cut" in output.text for output in kept) == 1


def test_many_small_messages_are_bounded_too() -> None:
    kept = heard(*[message("stream", name="stdout", text="") for _ in range(bound.MESSAGES + 500)])
    assert len(kept) == bound.MESSAGES + 1


def test_what_is_printed_takes_nothing_from_the_checks() -> None:
    values = message("display_data", data={"application/vnd.raisin.values+json": {"what": "a"}}, metadata={})
    made = client("1")
    for one in (*[message("stream", name="stdout", text="x" * 1_000_000)] * 10, values):
        made.process_message(one, made.nb.cells[0], 0)
    (kept,) = made.values[0]
    assert kept["data"]["application/vnd.raisin.values+json"] == {"what": "a"}


def test_values_have_an_allowance_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bound, "VALUES_BYTES", 10_000)
    made = client("1")
    for _ in range(20):
        data = {"application/vnd.raisin.values+json": {"what": "a" * 1_000}}
        made.process_message(message("display_data", data=data, metadata={}), made.nb.cells[0], 0)
    assert len(made.values[0]) == 9


def test_one_cell_cannot_write_into_another() -> None:
    made = client("1", "2")
    first = message("display_data", data={"text/plain": "a"}, metadata={}, transient={"display_id": "d"})
    made.process_message(first, made.nb.cells[0], 0)
    forged = message("update_display_data", data={"text/plain": "b"}, metadata={}, transient={"display_id": "d"})
    made.process_message(forged, made.nb.cells[1], 1)
    again = message("display_data", data={"text/plain": "c"}, metadata={}, transient={"display_id": "d"})
    made.process_message(again, made.nb.cells[1], 1)
    assert made.nb.cells[0].outputs[0].data["text/plain"] == "a"


@pytest.mark.parametrize(
    "odd",
    [
        message("display_data"),
        message("stream", name="stdout"),
        message("error", ename=3),
        message("status"),
        message("comm_open", comm_id="1", data={"state": {}}),
        message("execute_input", execution_count="seven"),
        {"msg_type": "stream", "content": 3, "parent_header": {}},
        {"content": {}},
    ],
)
def test_odd_messages_are_dropped(odd: dict[str, Any]) -> None:
    assert heard(odd) in ([], outputs.reduced([]))


def test_the_end_of_a_cell_is_heard() -> None:
    with pytest.raises(CellExecutionComplete):
        heard(message("status", execution_state="idle"))


def test_a_count_that_is_none_is_dropped() -> None:
    made = client("1")
    for count in (-2, 10**30, True, "7", None):
        made.process_message(message("execute_input", execution_count=count), made.nb.cells[0], 0)
    assert made.nb.cells[0].execution_count is None


@pytest.mark.slow
def test_what_is_no_message_is_passed_over() -> None:
    forged = (
        "kernel = get_ipython().kernel\n"
        "pack = kernel.session.pack\n"
        "kernel.session.pack = lambda thing: pack(thing).replace(b'\"deep\"', b'[' * 50_000 + b']' * 50_000)\n"
        "print('deep')\n"
        "kernel.session.send(kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': 'deep'})\n"
        "from IPython.display import display\n"
        "display({'a/b': 'deep'}, raw=True)\n"
        "kernel.session.pack = pack\n"
    )
    made = client(forged, "print('after')")
    made.execute()
    assert "after" in made.nb.cells[1].outputs[0].text


@pytest.mark.slow
def test_a_giant_message_does_not_fill_the_graders_memory() -> None:
    made = client("print('x' * 400_000_000)", "print('after')")
    made.iopub_timeout = 5
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made.execute()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
    assert outputs.size(made.nb.cells[0].outputs) < 1_000
