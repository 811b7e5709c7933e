"""Mutants handed in and graded as a class of their own: collected from nothing, run in kernels, scored by nbgrader."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import factories
from checker import Mutant, without_markers
from course.contract import ROOT

from raisin.grading import autograde, release, secret
from raisin.grading.course import Course, open_course
from raisin.grading.logs import Result

SECRET = "the matrix"


@dataclass(frozen=True)
class Graded:
    """A class of mutants, one a student, after grading."""

    course: Course
    sample: Sequence[Mutant]
    results: Mapping[str, Result]


def grade(sample: Sequence[Mutant], root: Path) -> Graded:
    """Hand the mutants in and grade them, in processes and kernels of their own."""
    course = _course(root)
    for number, mutant in enumerate(sample):
        _hand_in(course, f"m{number:03d}", mutant)
    results = autograde.grade(course, jobs=os.cpu_count() or 1)
    return Graded(course, sample, {result.student: result for result in results})


def seed(notebook: str) -> str:
    """What the numbers of a notebook's checks are drawn with there."""
    return secret.seed_of(SECRET, notebook)


def differences(graded: Graded, due: Sequence[Mapping[str, bool]]) -> list[str]:
    """Where the verdicts of the whole path are not those that are `due`, mutant by mutant: check -> passed."""
    found = []
    for number, (mutant, verdicts) in enumerate(zip(graded.sample, due, strict=True)):
        student = f"m{number:03d}"
        if reason := graded.results[student].reason:
            found.append(f"{mutant}: {reason}")
            continue
        got = _as_graded(graded.course, student, mutant.notebook)
        if verdicts != got:
            other = [what for what in verdicts if verdicts[what] != got.get(what)]
            found.append(f"{mutant}: through the whole path another verdict on {other}")
    return found


def _course(root: Path) -> Course:
    for tree in ("source", "release"):
        shutil.copytree(ROOT / tree, root / tree)
    settings = factories.settings_here()
    (root / "nbgrader_config.py").write_text(f"{settings}\nc.Course.secret = {SECRET!r}\n", encoding="utf-8")
    course = open_course(root)
    release.record(course, course.notebooks)
    return course


def _hand_in(course: Course, student: str, mutant: Mutant) -> None:
    """The released notebook with the mutant's answers in it."""
    answers = {
        code.id: without_markers(code.source) for code in mutant.work()[mutant.notebook] if code.role == "answer"
    }
    notebook = json.loads(course.released(mutant.notebook).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["id"] in answers:
            cell["source"] = answers[cell["id"]]
    path = course.submitted(student, mutant.notebook)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _as_graded(course: Course, student: str, notebook: str) -> dict[str, bool]:
    content = json.loads(course.autograded(student, notebook).read_text(encoding="utf-8"))
    judged = [cell["metadata"]["raisin"] for cell in content["cells"] if "checks" in cell["metadata"].get("raisin", {})]
    return {check["what"]: check["counts"] for cell in judged for check in cell["checks"]}
