"""The kill matrix: every known mistake and every other style through the real checks, on several seeds.

    python tests/matrix.py      all of it, on five seeds; writes docs/kill-matrix.md; status 1 where it does not hold

Holds: every mistake loses points in the tests that are for it, on every seed, and none in checks of a later notebook
that do not build on it; another style loses none; and thirty-two mistakes have the same verdicts through the whole path
that a submission takes. The checks that are large (tests/test_finite_differences.py) are left out but for the other
styles, on the public seed: what they ask is not whether a value is right but what it costs.
"""

import copy
import functools
import gc
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from checker import Mutant, checks, held_out, in_style, mutants, points_of, reference, style_files, touched
from course.contract import NAMES, ROOT

from raisin.lab import compare, diagnose
from raisin.lab.verdict import Verdict

DOCUMENT = ROOT / "docs" / "kill-matrix.md"
SEEDS = ("public", "first", "second", "third", "fourth")
SAMPLE = {
    "01": 4,
    "02": 7,
    "03": 6,
    "04": 8,
    "05": 3,
    "06": 1,
    "07": 1,
    "08": 1,
    "09": 1,
}  # so many through the whole path
SECONDS = 2.0  # for a cell of a mutant: what needs longer is wrong anyway
ENOUGH = 0.8  # of the mistakes that give a wrong value, this share is named
# Test cells that build on nothing of the notebooks named: a mistake there must cost nothing here.
INDEPENDENT: dict[str, dict[str, tuple[str, ...]]] = {
    "04-backward": {
        "02-tensor-arithmetic": ("test-unbroadcast-shape", "test-unbroadcast-value", "test-numerical"),
        "03-graph-nodes": ("test-unbroadcast-shape", "test-unbroadcast-value", "test-numerical"),
    },
    "05-sgd": dict.fromkeys(
        ("02-tensor-arithmetic", "03-graph-nodes", "04-backward"),
        ("test-sgd-shape", "test-sgd-value", "test-difference", "test-bonus-momentum"),
    ),
    "06-raisin-mlp": {
        "02-tensor-arithmetic": ("test-prepare-shape", "test-prepare-value"),
        "03-graph-nodes": ("test-prepare-shape", "test-prepare-value", "test-loss-value", "test-init"),
        "04-backward": ("test-prepare-shape", "test-prepare-value", "test-tanh-value", "test-loss-value", "test-init"),
        "05-sgd": (
            *("test-prepare-shape", "test-prepare-value", "test-tanh-value", "test-tanh-gradient", "test-sigmoid"),
            *("test-loss-value", "test-loss-gradient", "test-init", "test-network-value", "test-network-gradient"),
            "test-predict",
        ),
    },
    "08-modules-and-minibatches": {
        **dict.fromkeys(
            ("02-tensor-arithmetic", "03-graph-nodes", "04-backward"),
            (
                *("test-module-names", "test-module-modes", "test-print", "test-loader"),
                *("test-momentum", "test-rmsprop", "test-adam"),
            ),
        ),
        **dict.fromkeys(
            ("05-sgd", "06-raisin-mlp"),
            (
                *("test-module-names", "test-module-modes", "test-print", "test-linear"),
                *("test-dropout", "test-loader", "test-momentum", "test-rmsprop", "test-adam"),
            ),
        ),
    },
}
# The notebooks that build on the framework of those before them.
BUILDS = ("03-graph-nodes", "04-backward", "05-sgd", "06-raisin-mlp", "08-modules-and-minibatches", "09-lenet")
# The class Tensor and tensor() are what every later notebook stands on.
COMMON_GROUND = frozenset({"tensor"})


@dataclass(frozen=True)
class Row:
    """What became of one mutant on the public seed, as the document shows it."""

    notebook: str
    name: str
    caught: str
    points: float
    diagnosis: str
    wrong: bool
    named: bool

    def __str__(self) -> str:
        return f"| {self.name} | {self.caught} | {self.points:.3g} | {self.diagnosis} |".replace("\n", " ")


def row(mutant: Mutant, found: Mapping[str, Sequence[Verdict]]) -> Row:
    """The row of a mutant, from what its notebook's checks found."""
    worth, caught, points = points_of(mutant.notebook), [], 0.0
    for cell, verdicts in found.items():
        failed = sum(not verdict.passed for verdict in verdicts)
        if failed:
            caught.append(f"`{cell}` ({failed} of {len(verdicts)})")
            points += worth[cell] * failed / len(verdicts)
    values = [verdict for verdicts in found.values() for verdict in verdicts if verdict.wrong]
    keys = {verdict.diagnosis for verdict in values} - {""}
    named = bool(keys) and keys <= mutant.diagnosis
    words = ", ".join(f"{key}{'' if key in mutant.diagnosis else ' (?)'}" for key in sorted(keys))
    words = words or ("none" if values else "an error says it")
    return Row(mutant.notebook, mutant.name, ", ".join(caught), points, words, bool(values), named)


def survives(mutant: Mutant, found: Mapping[str, Sequence[Verdict]]) -> str:
    """Why a mutant is not caught as it should be; "" when it is."""
    missed = {cell for cell, verdicts in found.items() if not all(verdict.passed for verdict in verdicts)}
    if not missed:
        return "it survives"
    return "" if mutant.is_seen_in(missed) else f"it loses {sorted(missed)}, not {sorted(mutant.loses)}"


def deviates(mutant: Mutant) -> str:
    """Where the verdict from outside is not the one in the notebook; "" where all are the same."""
    inside, outside = (
        checks(mutant.notebook, mutant.work(), SECONDS, outside=way, large=False) for way in (False, True)
    )
    return deviation(inside, outside)


def deviation(inside: Mapping[str, Sequence[Verdict]], outside: Mapping[str, Sequence[Verdict]]) -> str:
    """The checks that have another verdict, or another diagnosis, from outside than in the notebook."""
    pairs = [pair for cell in inside for pair in zip(inside[cell], outside[cell], strict=True)]
    other = [own.what for own, sent in pairs if (own.passed, own.diagnosis) != (sent.passed, sent.diagnosis)]
    return f"another verdict from outside on {other}" if other else ""


def reaches(mutant: Mutant) -> Iterator[str]:
    """Later notebooks' checks that a mutant costs although they do not build on it."""
    if any(cell in COMMON_GROUND for cell, _, _ in mutant.edits):
        return
    for name in NAMES:
        free = INDEPENDENT.get(name, {}).get(mutant.notebook, ())
        for cell, verdicts in checks(name, mutant.work(), only=frozenset(free), large=False).items() if free else ():
            if not all(verdict.passed for verdict in verdicts):
                yield f"{name}: {cell}"


def rejects(file: Path, everywhere: bool = True, outside: bool = False) -> Iterator[str]:
    """The checks that a right solution in another style fails: where it differs, and `everywhere` that builds on it."""
    work = in_style(file)
    if not work:
        yield "it replaces nothing"
        return
    for name in (name for name in NAMES if name in work or (everywhere and name in BUILDS and name >= min(work))):
        for cell, verdicts in checks(name, work, outside=outside, large=everywhere).items():
            if not (cell.startswith("test-bonus-") and leaves_out_bonus(work, name)):
                yield from (f"{name}: {verdict.what}" for verdict in verdicts if not verdict.passed)


def leaves_out_bonus(work: Mapping[str, Sequence[Any]], name: str) -> bool:
    """Whether a style leaves the notebook's bonus as it was released: no point of the notebook."""
    bonus = ("backward-once", "momentum")
    return any(cell.id in bonus and "NotImplementedError()" in cell.source for cell in work.get(name, ()))


# --- All of it, in processes ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """From a worker: what is wrong, for a mutant on the public seed its row, for one of the sample its verdicts."""

    about: str
    wrong: tuple[str, ...]
    row: Row | None = None
    verdicts: Mapping[str, bool] | None = None
    seconds: float = 0.0


@functools.cache
def _mutants() -> list[Mutant]:
    return mutants()


@functools.cache
def _held_out() -> list[Mutant]:
    return held_out()


_due = compare._due
_known: dict[tuple[str, str, str], Any] = {}


def _due_once(what: str, due: Any, names: Any) -> Any:
    """What is due does not depend on the mutant or the style: one answer for all of them, on a seed."""
    key = (compare._notebook, os.environ["RAISIN_SEED"], what)
    if key not in _known:
        _known[key] = _due(what, due, names)
    return copy.deepcopy(_known[key])


_candidates = diagnose._candidates
_tried: dict[tuple[str, str, str, int], list[Any]] = {}


def _candidates_once(mistake: Any, case: Any, rerun: Any) -> Iterator[Any]:
    """Nor does what torch gives with a mistake in it, where nothing of the notebook itself runs."""
    if case.source is not case.program or mistake.around or mistake.fitted is not None:
        yield from _candidates(mistake, case, rerun)
        return
    key = (case.notebook, os.environ.get("RAISIN_SEED", "public"), case.what, id(mistake))
    if key not in _tried:
        _tried[key] = list(_candidates(mistake, case, rerun))
    yield from _tried[key]


diagnose._candidates = _candidates_once


def _try_mutant(number: int, seed: str) -> Answer:
    mutant = _mutants()[number]
    public = seed == "public"
    os.environ["RAISIN_SEED"] = seed
    compare._due = _due if public else _due_once
    diagnose.switch(public)  # the same words on every seed: once is enough
    # On the public seed every check is run; on the others those that the mistake can reach, and whose verdict matters.
    only = None if public else touched(mutant.notebook, [cell for cell, _, _ in mutant.edits]) - mutant.sometimes
    # In the notebook on the public seed, from outside (as at grading) on the others, and both ways on the first.
    found = checks(mutant.notebook, mutant.work(), SECONDS, only, outside=not public, large=False)
    wrong = [words] if (words := survives(mutant, found)) else []
    if public:
        wrong += [f"it costs {reached}" for reached in reaches(mutant)]
    if seed == SEEDS[1]:
        inside = checks(mutant.notebook, mutant.work(), SECONDS, only, large=False)
        wrong += [words] if (words := deviation(inside, found)) else []
    return Answer(f"{mutant}, seed {seed}", tuple(wrong), row(mutant, found) if public else None)


def _try_held_out(number: int, seed: str) -> Answer:
    mutant = _held_out()[number]
    os.environ["RAISIN_SEED"] = seed
    compare._due = _due
    diagnose.switch(True)
    found = row(mutant, checks(mutant.notebook, mutant.work(), SECONDS, large=False))
    return Answer(str(mutant), () if found.caught else ("it survives",), found)


def _try_style(file: Path, seed: str) -> Answer:
    compare._due = _due_once
    os.environ["RAISIN_SEED"] = seed
    return Answer(f"{file.stem}, seed {seed}", tuple(rejects(file, seed == "public", seed != "public")))


def _try_source(name: str, seed: str) -> Answer:
    compare._due = _due
    os.environ["RAISIN_SEED"] = seed
    found = checks(name, {name: reference(name)}, outside=seed != "public")
    return Answer(
        f"{name}, seed {seed}", tuple(v.what for verdicts in found.values() for v in verdicts if not v.passed)
    )


def _try_sample(number: int, seed: str) -> Answer:
    """What every check finds here, on the numbers that the whole path draws."""
    mutant = sample()[number]
    os.environ["RAISIN_SEED"] = seed
    compare._due = _due
    diagnose.switch(False)
    found = checks(mutant.notebook, mutant.work())
    return Answer(str(mutant), (), verdicts={v.what: v.passed for verdicts in found.values() for v in verdicts})


def _warm_up() -> None:
    """Load what every task needs, and take it out of the collector's sight: it would look through all of torch."""
    checks("06-raisin-mlp", {})
    gc.collect()
    gc.freeze()


def _call(task: tuple[Callable[..., Answer], tuple[Any, ...]]) -> Answer:
    work, arguments = task
    began = time.process_time()
    answer = work(*arguments)
    return replace(answer, seconds=time.process_time() - began)


def main() -> int:
    import whole_path  # the workers need nothing of nbgrader

    began = time.perf_counter()
    tasks: list[tuple[Callable[..., Answer], tuple[Any, ...]]] = []
    for seed in SEEDS:
        tasks += [(_try_source, (name, seed)) for name in NAMES]
        tasks += [(_try_mutant, (number, seed)) for number in range(len(_mutants()))]
        tasks += [(_try_style, (file, seed)) for file in style_files()]
    tasks += [(_try_held_out, (number, "public")) for number in range(len(_held_out()))]
    tasks += [(_try_sample, (number, whole_path.seed(one.notebook))) for number, one in enumerate(sample())]
    wrong: list[str] = []
    rows: list[Row] = []
    due: list[Mapping[str, bool]] = []
    spent = dict.fromkeys((_try_source, _try_mutant, _try_style, _try_held_out, _try_sample), 0.0)
    later: list[Row] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(1) as beside,
        ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"), _warm_up) as pool,
    ):
        # Kernels that start wait a lot: the sample goes its way beside the others.
        graded = beside.submit(whole_path.grade, sample(), Path(folder))
        for (work, _), answer in zip(tasks, pool.map(_call, tasks, chunksize=8), strict=True):
            spent[work] += answer.seconds
            wrong += [f"{answer.about}: {words}" for words in answer.wrong]
            if answer.row is not None:
                (later if work is _try_held_out else rows).append(answer.row)
            if answer.verdicts is not None:
                due.append(answer.verdicts)
        print(f"all but the whole path after {time.perf_counter() - began:.0f} s")
        wrong += whole_path.differences(graded.result(), due)
    wrong += [f"{name}: only {share:.0%} named" for name, share in shares(rows).items() if share < ENOUGH]
    DOCUMENT.write_text(document(rows, later), encoding="utf-8")
    named = sum(one.named for one in later if one.wrong)
    print(f"written afterwards: {named} of {sum(one.wrong for one in later)} wrong values are named")
    costs = ", ".join(f"{work.__name__.removeprefix('_try_')} {seconds:.0f}" for work, seconds in spent.items())
    took = f"{time.perf_counter() - began:.0f} s in {os.cpu_count()} processes; CPU seconds: {costs}"
    print("\n".join([*wrong, summary(rows), took]))
    return 1 if wrong else 0


def sample() -> list[Mutant]:
    """Those that go through the whole path: spread over each notebook's list, fewer where a notebook takes long."""
    found = []
    for number, count in SAMPLE.items():
        own = [mutant for mutant in _mutants() if mutant.notebook.startswith(number)]
        found += own[:: len(own) // count][:count]
    return found


def shares(rows: Iterable[Row]) -> dict[str, float]:
    """Notebook -> the share of its mutants with a wrong value whose mistake is named."""
    found: dict[str, list[bool]] = {}
    for one in rows:
        if one.wrong:
            found.setdefault(one.notebook, []).append(one.named)
    return {name: sum(named) / len(named) for name, named in found.items()}


def summary(rows: Sequence[Row]) -> str:
    wrong = [one for one in rows if one.wrong]
    named = sum(one.named for one in wrong)
    return (
        f"{len(rows)} mistakes and {len(style_files())} other styles on {len(SEEDS)} seeds; "
        f"{named} of {len(wrong)} wrong values are named ({named / max(len(wrong), 1):.0%})"
    )


def document(rows: Sequence[Row], later: Sequence[Row]) -> str:
    """docs/kill-matrix.md."""
    lines = [
        "# The kill matrix",
        "",
        "Made by `make matrix`, which tries every mistake of `tests/mutants` and every other style of `tests/variants`",
        f"on {len(SEEDS)} seeds through the real checks, and {sum(SAMPLE.values())} of the mistakes through the whole",
        "path that a submission takes. This is what came of it on the public seed: who caught it (so many of a cell's",
        "checks), how many points it cost, and what the message says it looks like (the keys of `raisin/lab/mistakes`",
        "and `raisin/lab/relations.py`). A key with (?) is not the mistake's own name: it counts as not named.",
        "",
        f"{summary(rows)}.",
        "",
        "| notebook | mistakes | with a wrong value | named |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name in NAMES:
        own = [one for one in rows if one.notebook == name]
        wrong = [one for one in own if one.wrong]
        lines.append(f"| {name} | {len(own)} | {len(wrong)} | {sum(one.named for one in wrong)} |")
    for name in NAMES:
        lines += [
            "",
            f"## {name}",
            "",
            "| mistake | caught by | points lost | diagnosis |",
            "| --- | --- | ---: | --- |",
        ]
        lines += [str(one) for one in rows if one.notebook == name]
    wrong = [one for one in later if one.wrong]
    lines += [
        "",
        "## Written afterwards",
        "",
        f"{len(later)} more mistakes, written by somebody who had not seen the tables, and never used to tune them: of",
        f"{len(wrong)} with a wrong value {sum(one.named for one in wrong)} are named, "
        f"{sum(one.diagnosis == 'none' for one in wrong)} meet silence, the others another mistake's name.",
        "",
        "| mistake | caught by | points lost | diagnosis |",
        "| --- | --- | ---: | --- |",
        *(str(one).replace("| ", f"| {one.notebook[:2]}: ", 1) for one in later),
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
