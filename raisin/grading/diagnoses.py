"""What wrong values look like, kept: to find it out takes torch, and a class makes the same mistakes again and again.

    .raisin/diagnoses/<notebook>-<digest>.jsonl: a line each, [key of the value, null | [key, looks_like, look_at]]

`digest` is of all that a diagnosis depends on beside the value: what the oracle's depends on, and the text of
raisin.lab with its tables of mistakes. Lines are only ever added; one that cannot be read is not there.
"""

import contextlib
import functools
import hashlib
import json
import os
from pathlib import Path

from raisin import lab
from raisin.grading.course import Course
from raisin.grading.oracle import Oracle
from raisin.lab import diagnose, wire
from raisin.lab.diagnose import Mistake
from raisin.lab.observe import Expectation, Observation

_MOST = 5_000  # lines of a file; then it begins anew: a megabyte


def look(course: Course, oracle: Oracle, found: Observation, expected: Expectation) -> Mistake | None:
    """Which mistake a wrong value looks like, in words (of the mistake itself nothing else is kept); tried out once."""
    if not diagnose.is_on():
        return None
    kept = _of(course.root / ".raisin" / "diagnoses" / f"{oracle.notebook}-{oracle.digest[:24]}{_text()[:8]}.jsonl")
    key = _key(found)
    if key not in kept.known:
        kept.add(key, oracle.look(found, expected))
    return kept.known[key]


def _key(found: Observation) -> str:
    # The numbers are the same for a whole class, so who makes the same mistake sends the same value.
    about = json.dumps((found.what, found.drawn, wire.encode(found.value)))
    return hashlib.sha256(about.encode()).hexdigest()[:32]


class _Kept:
    """One file, and what it holds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.known: dict[str, Mistake | None] = {}
        with contextlib.suppress(OSError):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                with contextlib.suppress(ValueError, TypeError):
                    key, words = json.loads(line)
                    self._know(key, words)

    def _know(self, key: str, words: list[str] | None) -> None:
        """Raises ValueError, TypeError where these are no words."""
        if words is not None:
            name, looks_like, look_at = words
            self.known[str(key)] = Mistake(str(name), str(looks_like), str(look_at))
        else:
            self.known[str(key)] = None

    def add(self, key: str, found: Mistake | None) -> None:
        if len(self.known) >= _MOST:
            self.known.clear()
            self._path.unlink(missing_ok=True)
        words = None if found is None else [found.key, found.looks_like, found.look_at]
        self._know(key, words)
        with contextlib.suppress(OSError):  # a folder that cannot be written costs time only
            if not self._path.exists():
                self._begin()
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps([key, words]))  # a line that was cut short ends here

    def _begin(self) -> None:
        """An empty file for the owner alone, in place of those that depend on something else."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        notebook = self._path.name.rpartition("-")[0]
        for old in self._path.parent.glob(f"{notebook}-*.jsonl"):
            if old.name.rpartition("-")[0] == notebook:
                old.unlink(missing_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))


@functools.lru_cache(maxsize=16)
def _of(path: Path) -> _Kept:
    return _Kept(path)


@functools.cache
def _text() -> str:
    """Of raisin.lab: its tables of mistakes, and how they are tried."""
    made = hashlib.sha256()
    for path in sorted(Path(lab.__file__).parent.rglob("*.py")):
        made.update(path.read_bytes())
    return made.hexdigest()
