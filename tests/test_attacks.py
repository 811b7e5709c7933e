"""A sample of the tricks that take a moment, and what all of their files must hold; `make attacks` grades all."""

from pathlib import Path

import attack_files
import attacks
import pytest

KNOWN = attack_files.read()
# What fills the machine, or runs into limits of time, is left to `make attacks`.
LONG = ("bombs", "loops", "differences", "forge-giant", "exit-recursion")
QUICK = [attack for attack in KNOWN.values() if attack.kind not in LONG and attack.name not in LONG]
# All honest ones, and every third of the others; the names of one kind stand together, so each kind is there.
SAMPLE = [attack for number, attack in enumerate(QUICK) if attack.kind == "control" or number % 3 == 0]


def test_every_kind_of_trick_is_there() -> None:
    kinds = {attack.kind for attack in KNOWN.values()}
    named = (
        "browser bombs control differences exit files forged frames ipython libraries loops network notebook patching"
    )
    assert kinds >= {*named.split(), "left behind", "replay", "secrets", "shadow", "special files", "torch"}
    assert len(KNOWN) >= 75 and sum(attack.kind == "control" for attack in KNOWN.values()) >= 8


@pytest.mark.parametrize("name", KNOWN)
def test_a_trick_says_what_it_seeks_and_deserves(name: str) -> None:
    attack = KNOWN[name]
    assert attack.seeks and attack.rest in ("blank", "solved") and 0 < attack.seconds <= 400
    assert attack.deserves in ("none", "full") or (isinstance(attack.deserves, tuple) and attack.deserves)
    assert attack.exact or attack.kind != "control"
    for _, code in attack.parts:
        compile(code, name, "exec")


def test_every_trick_can_be_handed_in(tmp_path: Path) -> None:
    course = attacks.scratch(tmp_path / "course")
    attacks.hand_in_victim(course)
    for attack in KNOWN.values():
        attack_files.hand_in(course, attack, {"TOKEN": "x", "COURSE": str(course.root), "HOME": "/h", "PORT": 1})
        assert course.has_submission(attack.name, attack.notebook)
        assert attack.points(course)


@pytest.mark.slow
def test_a_trick_gets_what_it_deserves_and_does_no_harm(tmp_path_factory: pytest.TempPathFactory) -> None:
    root: Path = tmp_path_factory.mktemp("a")  # a short name: sockets lie under it
    outcomes = attacks.run(SAMPLE, root, jobs=1)
    assert {outcome.attack.name: outcome.misses for outcome in outcomes if outcome.misses} == {}
