"""Every trick of tests/attacks/, graded as a class of its own through the real path: no undeserved point, no harm.

    python tests/attacks.py [NAME ...] [--as-user] [--jobs 2]

Status 1 where one got points that it does not deserve, an honest control lost some, or harm was done. Harm is looked
for outside: files, other submissions' rows, processes left behind, a listener on loopback, time; and an attack that
finds what it should not find prints so itself (`harm`). `--as-user` (as root): a copy of the tree, run as nobody.
"""

import argparse
import contextlib
import hashlib
import json
import multiprocessing
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import attack_files
import factories
import rich
from attack_files import Attack
from nbgrader.api import Gradebook, MissingEntry

from raisin.grading import autograde, engines, plan, release, sandbox, secret, terminal
from raisin.grading.course import Course, open_course, open_nbgrader

VICTIM = "victim"
MARK = "rsn-mark-"  # what attacks call the files that they leave
LEFT = "rsn-left-"  # what attacks call the processes that they leave
GRACE = 3.0  # seconds in which what dies with a kernel may die
_KINDS = frozenset(("text/plain", "image/png", "image/jpeg"))
_FILES = ("notebook", "special files")
_NOBODY = 65534


@dataclass
class Outcome:
    """One attack after grading: points of its test cells, its result's reason, how long, and what went wrong."""

    attack: Attack
    points: dict[str, float] = field(default_factory=dict)
    reason: str = "not graded"
    seconds: float = 0.0
    misses: list[str] = field(default_factory=list)


class Listener:
    """A TCP port on loopback that must hear nothing: whatever connects is noted with what it says."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                connection.settimeout(1.0)
                with connection, contextlib.suppress(OSError):
                    self.heard.append(connection.recv(200).decode("utf-8", "replace") or "(silent)")

    def close(self) -> None:
        self._socket.close()


def run(chosen: Sequence[Attack], root: Path, jobs: int = 2) -> list[Outcome]:
    """Grade these attacks in a scratch course under `root`, and look for what they did."""
    root.chmod(0o755)  # as /tmp is: started by root, the sandbox is another user's
    with _apart(root):
        course, token, listener = scratch(root / "course"), secrets.token_hex(8), Listener()
        known = {"TOKEN": token, "COURSE": str(course.root), "HOME": str(root / "home"), "PORT": listener.port}
        outcomes = {attack.name: Outcome(attack) for attack in chosen}
        hand_in_victim(course)
        for attack in chosen:
            attack_files.hand_in(course, attack, known)
        release.record(course, sorted({attack.notebook for attack in chosen} | {"02-tensor-arithmetic"}))
        secret.seed(course, VICTIM)  # made at first use, and not by an attack
        before = _protected(root)
        _grade(course, outcomes, jobs)
        time.sleep(GRACE)
        listener.close()
        for outcome in outcomes.values():
            _judge(course, outcome, token, listener.heard)
        _look_around(root, course, outcomes, before)
        return list(outcomes.values())


@contextlib.contextmanager
def _apart(root: Path) -> Iterator[None]:
    """HOME and TMPDIR of the grader lie under `root` meanwhile."""
    ours = {"HOME": str(root / "home"), "TMPDIR": str(root / "tmp"), "RSN_CANARY": "of the grader"}
    for name in ("HOME", "TMPDIR"):
        Path(ours[name]).mkdir(parents=True)
    (root / "home" / "secret.txt").write_text("a secret")
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    tempfile.tempdir = None
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        tempfile.tempdir = None


def scratch(root: Path) -> Course:
    """A course made of the real source/, with secrets beside it."""
    for tree in ("source", "release"):
        shutil.copytree(factories.PROJECT / tree, root / tree)
    settings = (factories.PROJECT / "nbgrader_config.py").read_text(encoding="utf-8")
    # An endless loop need not take its full half minute here.
    (root / "nbgrader_config.py").write_text(
        f"{settings}\nc.Execute.timeout = 20\nc.Execute.notebook_seconds = 100\n", encoding="utf-8"
    )
    (root / "data").mkdir()
    (root / "secret-beside.txt").write_text("a secret")
    (root / "source" / "02-tensor-arithmetic" / "secret.txt").write_text("a secret")
    return open_course(root)


def hand_in_victim(course: Course) -> None:
    """Another student's honest work, which nothing may touch."""
    content = factories.read(course.released("02-tensor-arithmetic"))
    attack_files.solve(course, content, "02-tensor-arithmetic")
    factories.write(course.submitted(VICTIM, "02-tensor-arithmetic"), content)


def _grade(course: Course, outcomes: Mapping[str, Outcome], jobs: int) -> None:
    """As raisin.grading.autograde.grade does it, with a clock."""
    planned = plan.make(course, force=True)
    began: dict[str, float] = {}
    waits: dict[str, threading.Timer] = {}
    engine = engines.Local(jobs)
    try:
        for event in autograde.run(course, planned, engine):
            for job in (going.job for going in event.going):
                if job.student not in began and job.student != VICTIM and job.notebook == _of(outcomes, job.student):
                    began[job.student] = time.monotonic()
                    seconds = outcomes[job.student].attack.seconds
                    waits[job.student] = threading.Timer(seconds, _free, (course, job.student))
                    waits[job.student].start()
            result = event.result
            if result is None or result.student == VICTIM or result.notebook != _of(outcomes, result.student):
                continue
            if (wait := waits.pop(result.student, None)) is not None:
                wait.cancel()
            outcome = outcomes[result.student]
            outcome.seconds = time.monotonic() - began.get(result.student, time.monotonic())
            outcome.reason = result.reason
            if result.reason.startswith("the process that graded it was ended"):
                outcome.misses.append("it took the grader's process with it")
    finally:
        engine.close()


def _of(outcomes: Mapping[str, Outcome], student: str) -> str:
    return outcomes[student].attack.notebook


def _free(course: Course, student: str) -> None:
    """Let go whoever waits for the other end of a FIFO of this student's; the time it took is told by the clock."""
    for path in (course.root / "submitted" / student).rglob("*"):
        if path.is_fifo():
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))


def _judge(course: Course, outcome: Outcome, token: str, heard: Sequence[str]) -> None:
    """What this attack got and did, as far as it can be told by its name."""
    attack, misses = outcome.attack, outcome.misses
    outcome.points = _points(course, attack.name, attack.notebook)
    due = attack.points(course)
    for cell, points in sorted(due.items()):
        got = outcome.points.get(cell, 0.0)
        if got > points + 1e-9 or (attack.exact and got != points):
            misses.append(f"{cell}: {got:g} points, deserves {points:g}")
    # A file that is no whole notebook may be refused in the reader's own words; what runs must not stop the engine.
    stopped = attack.kind not in _FILES and outcome.reason.endswith("the log says more")
    if stopped or (attack.exact and outcome.reason):
        misses.append(f"the engine gave up: {outcome.reason}")
    if outcome.seconds > attack.seconds:
        misses.append(f"it took {outcome.seconds:.0f} s")
    shown = attack_files.as_json(course.autograded(attack.name, attack.notebook))
    said = shown.split(f"harm-{token}-")[1:]
    misses += sorted({f"harm: {words.split(chr(92))[0][:80]}" for words in said})
    misses += _strange(json.loads(shown or "[]"))
    if len(shown) > 50_000_000:
        misses.append(f"{len(shown) // 1_000_000} MB came back")
    misses += [f"the listener heard {words!r}" for words in heard if words == attack.name]


def _strange(cells: Sequence[Any]) -> list[str]:
    """What came back that is neither text nor a picture."""
    data = [output.get("data", {}) for outputs in cells for output in outputs]
    found = {f"{kind} came back" for one in data for kind in set(one) - _KINDS}
    pictures = [one[kind] for one in data for kind in one if kind.startswith("image/")]
    if not all(isinstance(one, str) and re.fullmatch(r"[A-Za-z0-9+/=\n]*", one) for one in pictures):
        found.add("a picture came back that is none")
    return sorted(found)


def _points(course: Course, student: str, notebook: str) -> dict[str, float]:
    coursedir = open_nbgrader(course.root).coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            grades = gradebook.find_submission_notebook(notebook, notebook, student).grades
        except MissingEntry:
            return {}
        return {grade.name: float(grade.score or 0.0) for grade in grades if grade.name.startswith("test-")}


def _look_around(root: Path, course: Course, outcomes: Mapping[str, Outcome], before: Mapping[str, str]) -> None:
    """Harm outside: to an attack by the name that it left there, else to whoever comes first."""
    anybody = next(iter(outcomes.values())).misses
    for name, what in _left_behind(root):
        # A process has fifteen characters for its name, and some attacks number their files.
        owner = next((one for one in outcomes if one.startswith(name) or name.startswith(one)), "")
        (outcomes[owner].misses if owner else anybody).append(what if owner else f"(somebody: {name}) {what}")
    after = _protected(root)
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    anybody += [f"(somebody) changed {path}" for path in changed]
    victim = _points(course, VICTIM, "02-tensor-arithmetic")
    if not victim or sum(victim.values()) != 13:
        anybody.append(f"(somebody) the other student has {sum(victim.values()):g} of 13 points")
    # torch's own cache, made by the oracle, is no work of theirs.
    left = sorted(path.name for path in (root / "tmp").iterdir() if not path.name.startswith("torchinductor"))
    if left:
        anybody.append(f"(somebody) {len(left)} left in TMPDIR: {', '.join(left[:5])}")


def _protected(root: Path) -> dict[str, str]:
    """Digests of what no submission may change."""
    folders = [root / "course" / tree for tree in ("source", "release", "submitted")] + [root / "home"]
    folders.append(factories.PROJECT / "raisin")
    files = [path for folder in folders for path in folder.rglob("*")]
    files += [root / "course" / name for name in ("nbgrader_config.py", "secret-beside.txt", ".raisin/secret")]
    kept = [path for path in files if not path.is_symlink() and path.is_file() and path.suffix not in (".pyc", ".log")]
    skipped = {".cache", ".config", ".ipython", ".jupyter", ".local"}  # what libraries keep in HOME
    kept = [path for path in kept if not skipped & set(path.parts)]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def _left_behind(root: Path) -> list[tuple[str, str]]:
    """Files and processes that carry an attack's name; the processes are ended."""
    found = []
    packages = (
        factories.PROJECT / "raisin",
        factories.PROJECT,
        Path(json.__file__).parents[1],
        Path(rich.__file__).parents[1],
    )
    for folder in (
        *packages,
        Path("/tmp"),
        Path("/var/tmp"),
        Path("/dev/shm"),
        root / "tmp",
        root / "home",
        root / "course",
    ):
        for path in folder.glob(f"**/{MARK}*" if folder.is_relative_to(root) else f"{MARK}*"):
            found.append((path.name.removeprefix(MARK), f"left the file {path}"))
            with contextlib.suppress(OSError):
                path.unlink()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            short = (process / "comm").read_text().strip()
            name = _named(words) or _named(short)
            if name:
                found.append((name, f"left the process {process.name} ({words[:60] or short})"))
                os.kill(int(process.name), signal.SIGKILL)
    return found


def _named(words: str) -> str:
    return words.split(LEFT, 1)[1].split()[0] if LEFT in words and words.split(LEFT, 1)[1].split() else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the attacks named (all, when none is) and print a table; 1 where anything is amiss."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--as-user", action="store_true", help="as root: run all of it as the user nobody")
    parser.add_argument("--json", type=Path, help="write the outcomes here, too")
    given = parser.parse_args(arguments)
    if given.as_user:
        return _as_user([*given.names, "--jobs", str(given.jobs)])
    if reason := sandbox.available():
        print(f"no attack is run without the sandbox: {reason}", file=sys.stderr)
        return 2
    known = attack_files.read()
    chosen = [known[name] for name in given.names] or list(known.values())
    with tempfile.TemporaryDirectory(prefix="rsn-", ignore_cleanup_errors=True) as folder:
        outcomes = run(chosen, Path(folder), given.jobs)
    _print(outcomes)
    if given.json:
        given.json.write_text(json.dumps([_as_data(outcome) for outcome in outcomes], indent=1))
    return int(any(outcome.misses for outcome in outcomes))


def _as_data(outcome: Outcome) -> dict[str, Any]:
    about = {"name": outcome.attack.name, "kind": outcome.attack.kind, "points": outcome.points}
    return {**about, "reason": outcome.reason, "seconds": outcome.seconds, "misses": outcome.misses}


def _print(outcomes: Sequence[Outcome]) -> None:
    rows = []
    for one in outcomes:
        points = f"{sum(one.points.values()):g}" if one.points else "-"
        words = "; ".join(one.misses) or one.reason
        rows.append(
            [one.attack.kind, one.attack.name, points, f"{one.seconds:.0f}", "MISS" if one.misses else "ok", words]
        )
    columns = ("kind", "attack", "points", "s", "", "what went wrong, or why it was not graded")
    out = terminal.console()
    out.print(terminal.table("Attacks", columns, rows, right=("points", "s")))
    missed = [one for one in outcomes if one.misses]
    out.print(
        f"{len(outcomes)} attacks, {len(missed)} misses"
        + (f": {', '.join(o.attack.name for o in missed)}" if missed else "")
    )


def _as_user(arguments: Sequence[str]) -> int:
    """The same in a copy of the tree, as the user nobody, who may read it and write in a folder of their own."""
    if os.geteuid() != 0:
        print("--as-user is for root; you are a normal user already", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="rsnu-", ignore_cleanup_errors=True) as folder:
        tree = Path(folder) / "tree"
        for name in ("raisin", "tests", "source", "release", "data"):
            shutil.copytree(factories.PROJECT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("nbgrader_config.py", "pyproject.toml"):
            shutil.copy(factories.PROJECT / name, tree)
        for path in (Path(folder), *Path(folder).rglob("*")):
            os.chown(path, _NOBODY, _NOBODY)
        ours = {**os.environ, "HOME": folder, "TMPDIR": folder, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
        user = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        user += ["--inh-caps=-all", "--ambient-caps=-all"]
        command = [*user, sys.executable, str(tree / "tests" / "attacks.py"), *arguments]
        return subprocess.run(command, env=ours, cwd=tree, check=False).returncode


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
