"""What `make bench` compares is the same work, and its figures are computed rightly: nothing here judges a speed."""

import importlib
import importlib.util
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import checker
import factories
import numpy as np
import pytest
import torch


@pytest.fixture(scope="module")
def steps() -> ModuleType:
    """benchmarks/steps.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("steps", factories.PROJECT / "benchmarks" / "steps.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("rows", [1, 32, 256])
def test_the_reference_and_torch_take_the_same_steps_on_the_raisin_net(steps: ModuleType, rows: int) -> None:
    own, due = (steps.raisin_net(T, 100, rows) for T in (steps.reference(), steps.TORCH))
    steps.must_agree(own, due)
    assert [array.shape for array in own] == [(7, 16), (16,), (16, 1), (1,)]
    assert {array.dtype for array in [*own, *due]} == {np.dtype("float64")}
    start = steps.raisin_net(steps.TORCH, 0, rows)
    assert all(np.abs(now - then).max() > 1e-3 for now, then in zip(own, start, strict=True))


def test_the_reference_and_torch_take_the_same_steps_on_the_linear_model(steps: ModuleType) -> None:
    steps.must_agree(steps.linear_model(steps.reference(), 100), steps.linear_model(steps.TORCH, 100))


class InOrder:
    """Where `fit` wants a shuffled order, the order that is there."""

    def permutation(self, rows: int) -> Any:
        return np.arange(rows)


def test_the_steps_are_those_of_notebook_06(steps: ModuleType) -> None:
    """Its own `fit` gets from the same start to the same parameters; and its numbers are those of the benchmark."""
    notebook = json.loads((steps.SOURCE / "06-raisin-mlp" / "06-raisin-mlp.ipynb").read_text(encoding="utf-8"))
    source = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
    names = vars(steps.reference()) | {"np": np}
    for cell in ("network", "fit"):
        exec(source[cell], names)
    X, y, start = steps.raisin_batch(32)
    parameters = [names["tensor"](array, requires_grad=True) for array in start]
    names["fit"](X, y, parameters, lr=0.1, epochs=20, batch_size=32, rng=InOrder())
    steps.must_agree([p.data for p in parameters], steps.raisin_net(steps.reference(), 20, 32))
    training = source["raisins-train"]
    assert f"init_network({steps.FEATURES}, {steps.HIDDEN}, rng)" in training
    assert f"lr={steps.LEARNING_RATE}, epochs=1, batch_size={steps.BATCH}" in training


def test_sides_that_do_not_do_the_same_are_refused(steps: ModuleType) -> None:
    """A tanh that is wrong by a millionth, a parameter that is left out, and nan."""
    skewed = SimpleNamespace(**vars(steps.TORCH) | {"tanh": lambda x: torch.tanh(x) * (1 + 1e-6)})
    due = steps.raisin_net(steps.TORCH, 10)
    for wrong in (steps.raisin_net(skewed, 10), [*due[:3], due[3] * np.nan], [*due[:3], due[3][:, None]]):
        with pytest.raises(ValueError, match="parameter"):
            steps.must_agree(wrong, due)
    with pytest.raises(ValueError):
        steps.must_agree(due[:3], due)


# --- Grading a class --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bench() -> Iterator[SimpleNamespace]:
    """benchmarks/'s own modules, which import each other by name."""
    folder = str(factories.PROJECT / "benchmarks")
    names = ("usage", "crowd", "sides", "tables", "peer", "bare")
    sys.path.insert(0, folder)
    try:
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    finally:
        sys.path.remove(folder)


# Two processes that nobody waits for, each with half a second of work; the command itself has ended before.
ORPHANS = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while time.process_time() < 0.5:
                pass
        os._exit(0)
"""


def test_cpu_seconds_are_those_of_all_processes_whoever_waits_for_them(bench: SimpleNamespace, tmp_path: Path) -> None:
    """By the best meter here, and by looking; by waiting alone nearly all of it is missed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    found = {}
    for meter in (bench.usage.meter(), bench.usage.Looks()):
        cost = bench.usage.run([sys.executable, "-c", ORPHANS], tmp_path, os.environ, by=meter)
        found[meter.how] = cost.cpu
        if isinstance(meter, bench.usage.Group):
            assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 0.5
            assert not meter.folder.exists()
            assert cost.cpu >= 0.99
    # What is over: Python's own start, and on a busy machine the look comes late. What is under: the last moments.
    assert all(0.8 <= seconds <= 2.0 for seconds in found.values()), found


def test_memory_is_that_of_each_process_at_its_largest(bench: SimpleNamespace, tmp_path: Path) -> None:
    """The first holds 60 MB for a while and gives them back; its child holds 30 MB of its own."""
    code = """
import os, time
if os.fork() == 0:
    own = bytearray(b"y") * 30_000_000
    time.sleep(1.5)
    os._exit(0)
large = bytearray(b"x") * 60_000_000
time.sleep(1)
del large
os.wait()
"""
    cost = bench.usage.run([sys.executable, "-c", code], tmp_path, os.environ, memory=True)
    first, child = cost.processes
    assert 60e6 < first.resident < 110e6
    assert 30e6 < child.private < child.resident < 55e6


def test_a_class_has_all_kinds_in_the_shares_stated(bench: SimpleNamespace) -> None:
    notebooks = ["02-tensor-arithmetic", "03-graph-nodes"]
    members = bench.crowd.members(40, notebooks)
    kinds = [member.kind for member in members]
    assert {kind: kinds.count(kind) for kind in bench.crowd.KINDS} == {k: 2 * n for k, n in bench.crowd.KINDS.items()}
    different = [member.about for member in members if member.kind in ("style", "mistake")]
    assert len(set(different)) == len(different)
    assert members == bench.crowd.members(40, notebooks)
    assert {member.about[:2] for member in members if member.kind == "mistake"} == {"02", "03"}


def test_what_is_handed_in_is_what_each_member_wrote(bench: SimpleNamespace, tmp_path: Path) -> None:
    """Read again as the grader takes it: tests of the source, the student's answers and own cells."""
    bench.crowd.course(tmp_path, "")
    names = ["02-tensor-arithmetic"]
    members = bench.crowd.members(8, names)
    bench.crowd.hand_in(tmp_path, members, names)
    for member in members:
        path = tmp_path / "submitted" / member.id / names[0] / f"{names[0]}.ipynb"
        got = {code.id: code.source for code in checker.handed_in(path, names[0]) if code.role == "answer"}
        work = member.work.get(names[0], checker.reference(names[0]))
        due = {code.id: checker.without_markers(code.source) for code in work if code.role == "answer"}
        assert got.keys() == due.keys()
        wrong = {name for name in due if got[name].rstrip("\n") != due[name]}
        assert len(wrong) == {"blank": len(due), "half": len(due) - len(due) // 2}.get(member.kind, 0)
        assert all("raise NotImplementedError()" in got[name] for name in wrong)


def test_bare_cells_are_run_and_counted(bench: SimpleNamespace, tmp_path: Path) -> None:
    """In a fork of their own: their names, their folder and their environment do not come back."""
    code = """
import sys; sys.path.insert(0, sys.argv[1])
import json, os, bare
bare.shell()
busy = "import time\\nwhile time.process_time() < 0.4: pass"
cells = [busy, "1 / 0", "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()", "open('left', 'w').close()"]
print(json.dumps(bare.cost([(cell, 30) for cell in cells], sys.argv[2], {"HERE": "yes"})))
other = [("assert 'time' not in dir()", 30), ("import os; assert os.environ['HERE'] == 'no'", 30)]
print(json.dumps(bare.cost(other, ".", {"HERE": "no"})))
assert "HERE" not in os.environ
"""
    words = [sys.executable, "-c", code, str(factories.PROJECT / "benchmarks"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["errors"], first["pictures"], second["errors"], second["status"]) == (1, 1, 0, 0)
    assert first["cpu"] >= 0.39 and "matplotlib.pyplot" in first["imported"]
    assert (tmp_path / "left").exists()


def test_an_endless_cell_is_stopped_and_the_next_one_runs(bench: SimpleNamespace, tmp_path: Path) -> None:
    code = """
import sys; sys.path.insert(0, sys.argv[1])
import json, bare
bare.shell(lean=True)
print(json.dumps(bare.cost([("while True: pass", 1), ("open('next', 'w').close()", 30)], sys.argv[2], {})))
"""
    words = [sys.executable, "-c", code, str(factories.PROJECT / "benchmarks"), str(tmp_path)]
    found = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    assert found["errors"] == 1 and (tmp_path / "next").exists()


@pytest.mark.parametrize(("name", "shown", "least"), [("03-graph-nodes", True, 30), ("04-backward", False, 5)])
def test_cells_are_bare_as_each_side_runs_them(
    bench: SimpleNamespace, tmp_path: Path, name: str, shown: bool, least: int
) -> None:
    """Stock: tests whole. Ours: what is sent of them, no cell that only shows torch, the limits of the source."""
    bench.crowd.course(tmp_path, "")
    bench.crowd.hand_in(tmp_path, bench.crowd.members(1, [name]), [name])
    source = [cell for cell in checker.cells(checker.SOURCE, name) if cell.kind == "code"]
    tests = [cell for cell in source if cell.role == "test"]
    plain = bench.bare.plain(tmp_path, "s000", name)
    sent = bench.bare.graded(tmp_path, "s000", name, {cell.id: f"# {cell.id}" for cell in tests})
    assert all((cell.source, 30) in plain and cell.source not in dict(sent) for cell in tests)
    due = {(f"# {cell.id}", cell.metadata.get("raisin", {}).get("seconds", 30)) for cell in tests}
    assert due <= set(sent) and min(seconds for _, seconds in due) == least
    showing = [cell.source for cell in source if "shows-torch" in cell.metadata.get("tags", ())]
    assert bool(showing) is shown and not set(showing) & set(dict(sent)) and set(showing) <= set(dict(plain))


def test_overhead_is_what_grading_costs_beyond_the_cells(bench: SimpleNamespace) -> None:
    Graded, Bare = bench.sides.Graded, bench.sides.Bare
    parts = [Graded(10.0, 9.0, 3), Graded(2.0, 3.0, 1)]
    bare = [Bare("s", "n", 9.0, seconds) for seconds in (1.0, 2.0, 0.5, 0.5)]
    assert bench.sides.total(parts) == Graded(12.0, 12.0, 4)
    assert bench.sides.total(parts).overhead(bare) == 2.0
    runs = [[Bare("s", "n", wall, cpu)] for wall, cpu in ((1, 30), (2, 10), (3, 20))]
    assert bench.sides.median_of(runs) == [Bare("s", "n", 2, 20)]


def test_other_points_are_found_where_there_should_be_the_same(bench: SimpleNamespace) -> None:
    """A mistake may have partial points on one side; who did not make one may not."""
    Member = bench.crowd.Member
    members = [Member("a", "source", "", {}), Member("b", "mistake", "", {}), Member("c", "blank", "", {})]
    one = {("a", "n"): 3.0, ("b", "n"): 1.0, ("c", "n"): 0.0}
    assert bench.sides.disagreements(members, one, one | {("b", "n"): 2.0}, ["n"]) == []
    assert bench.sides.disagreements(members, one, one | {("a", "n"): 2.5}, ["n"]) == ["a n: 3.0 and 2.5"]
    assert bench.sides.disagreements(members, one, {("a", "n"): 3.0}, ["n"]) == ["c n: 0.0 and None"]


def test_the_tables_say_what_was_measured(bench: SimpleNamespace) -> None:
    Graded, Bare = bench.sides.Graded, bench.sides.Bare
    found = bench.tables.Class(
        ["02-x"],
        {"02-x": Graded(40.0, 20.0, 4)},
        fresh=Graded(5.0, 4.0, 4),
        cached=Graded(4.0, 3.0, 4),
        again=bench.sides.Again(1, 0.4),
        plain=[Bare("s", "02-x", 1.0, 1.0)] * 4,
        sent=[Bare("s", "02-x", 0.5, 0.5)] * 4,
        lean=[Bare("s", "02-x", 0.3, 0.25)] * 4,
        wrong=[],
    )
    text = "\n".join(bench.tables.of_class(found))
    assert "| stock | 40.0 | 20.0 | 5.00 | 1.00 | 4.00 | 20% |" in text
    assert "| ours, oracle kept | 4.0 | 3.0 | 0.75 | 0.50 | 0.25 | 67% |" in text
    assert "5.0 times cheaper in CPU, 8.0 times as fast" in text
    assert "stock 4.00 s, ours 0.50 s (8.0 times cheaper), with the oracle kept 0.25 s (16.0 times cheaper)" in text
    assert "(lean: 0.25 s): 0.75 s (5.3 times cheaper), with the oracle kept 0.50 s (8.0 times cheaper)" in text
    assert "1 of 4 notebooks ran a second time (25%)" in text and "0.100 s a notebook" in text
    assert "| 02-x | 5.00 | 1.00 | 0.50 |" in text


def test_growth_is_told_for_the_coordinator_and_each_kernel(bench: SimpleNamespace) -> None:
    MB = 1 << 20

    def cost(resident: int) -> Any:
        kernels = [
            bench.usage.Process(k, "", 200 * MB, private * MB, 3, True) for k, private in enumerate((40, 50, 90))
        ]
        first = bench.usage.Process(9, "raisin grade", resident * MB, 1)
        return bench.usage.Usage(10.0, 20.0, 0, "", "", [first, bench.usage.Process(8, "", 70 * MB, 1), *kernels])

    text = "\n".join(bench.tables.of_growth([(20, cost(100)), (80, cost(103)), (320, cost(106))]))
    assert "| 20 | 10.0 | 20.0 | 1.00 | 100.0 | 70 | 3 | 50, 90 |" in text
    assert "grows by 2.00 MB for a hundred" in text


def test_a_table_takes_its_place_and_no_other(bench: SimpleNamespace, tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text((factories.PROJECT / "docs" / "performance.md").read_text(encoding="utf-8"), encoding="utf-8")
    before = document.read_text(encoding="utf-8").splitlines()
    for what in ("class", "growth", "start", "peer"):
        for words in ("the first", "the second"):
            bench.tables.write(what, f"{what}: {words}", document)
    after = document.read_text(encoding="utf-8")
    assert "the first" not in after
    assert [after.count(f"{what}: the second") for what in ("class", "growth", "start", "peer")] == [1, 1, 1, 1]
    headings = [[line for line in text if line.startswith("#")] for text in (before, after.splitlines())]
    assert headings[0] == headings[1] != []
    with pytest.raises(ValueError, match="no place for nothing"):
        bench.tables.write("nothing", "", document)


def test_a_submission_for_otter_has_no_test_cells_and_all_tests_stand_in_files(bench: SimpleNamespace) -> None:
    """Each file runs our cell in the student's names, as otter calls it."""
    source = {"cells": [factories.code("free", "x = 2"), factories.check("test-x", "assert x == 2", 3)]}
    submission, files = bench.peer.split(source, source)
    assert [cell["id"] for cell in submission["cells"]] == ["free"]
    assert list(files) == ["test-x.py"] and "points = 3" in files["test-x.py"]
    text = files["test-x.py"].replace("from otter.test_files import test_case", "test_case = lambda: lambda test: test")
    names: dict[str, Any] = {}
    exec(text, names)
    names["test_whole_cell"]({"x": 2})
    with pytest.raises(AssertionError):
        names["test_whole_cell"]({"x": 3})
