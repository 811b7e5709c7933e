"""Submissions that look like each other, for a person to look at: never a verdict.

Fingerprints of the answers as they were typed (winnowing: Schleimer, Wilkerson and Aiken, SIGMOD 2003, by copydetect).
What was given, and what many have written, says nothing: the tasks leave little choice in places.
"""

import io
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from copydetect import CodeFingerprint

K = 20  # characters: what is shorter than that may be alike by chance
WINDOW = 8  # characters: of so many neighbouring fingerprints one is kept
COMMON = 0.2  # what more than this share of the class (and more than three) has written is left out
FEWEST = 25  # fingerprints: who has written less of their own cannot be compared


@dataclass(frozen=True)
class Alike:
    """Two submissions, and which share of the shorter one's own words is in the other, too."""

    notebook: str
    one: str
    other: str
    share: float


def alike(
    notebook: str, texts: Mapping[str, str], given: str, together: Iterable[frozenset[str]] = (), least: float = 0.6
) -> list[Alike]:
    """Pairs of which at least so much is the same, the most first. `together`: who handed in as a group."""
    boilerplate = _fingerprints(given)
    own = {student: _fingerprints(text) - boilerplate for student, text in texts.items()}
    seen = Counter(itertools.chain.from_iterable(own.values()))
    most = max(3, COMMON * len(own))
    rare = {student: {mark for mark in marks if seen[mark] <= most} for student, marks in own.items()}
    groups = list(together)
    found = []
    for one, other in itertools.combinations(sorted(rare), 2):
        fewer = min(len(rare[one]), len(rare[other]))
        if fewer < FEWEST or any({one, other} <= group for group in groups):
            continue
        share = len(rare[one] & rare[other]) / fewer
        if share >= least:
            found.append(Alike(notebook, one, other, share))
    return sorted(found, key=lambda pair: (-pair.share, pair.one, pair.other))


def _fingerprints(text: str) -> set[int]:
    words = " ".join(text.split())
    if len(words) < K + WINDOW:
        return set()
    return set(map(int, CodeFingerprint("text", K, WINDOW, filter=False, fp=io.StringIO(words)).hashes))
