"""Whose a file is, going by the way to it: Canvas's name for it, else a folder, zip or file called like somebody.

The outermost part that names somebody counts: what a student packs inside cannot make the work somebody else's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from raisin.grading import canvas_names
from raisin.grading.canvas_names import Reading
from raisin.grading.course import PATTERN_CHARACTERS
from raisin.grading.roster import Person, Roster, mangled
from raisin.grading.unpack import Part


@dataclass(frozen=True)
class Owner:
    """Who handed a file in: the id, what the roster knows, what Canvas's name says; `at`: the part that tells it."""

    student: str
    person: Person | None = None
    reading: Reading | None = None
    at: int = 0


@dataclass(frozen=True)
class Ways:
    """How the names on the way to a file are read: by the roster; without one, a folder is called as its student."""

    roster: Roster
    notebooks: Sequence[str]
    wrappers: Collection[str] = ()

    def owner(self, parts: Sequence[Part], *, zip_given: bool = False) -> Owner | str | None:
        """Who handed it in; why that is not certain, with the way out; or None where no name on the way says anything.
        `zip_given`: the first part is the zip that an instructor named, whose own name says little."""
        for k, part in enumerate(parts):
            settled = canvas_names.settle(part.name, self.roster) if part.is_file else None
            if isinstance(settled, str):
                return settled
            if settled is not None:
                person, reading = settled.person, settled.reading
                return Owner(person.student if person else reading.user, person, reading, k)
            if k == 0 and zip_given and (not len(self.roster) or Path(part.name).stem.isdecimal()):
                continue  # the zip of a whole class may be called anything, 130.zip too
            found = self._named(part) if len(self.roster) else self._folder(part)
            if isinstance(found, str):
                return found
            if found is not None:
                return Owner(found.student, found if len(self.roster) else None, None, k)
        return None

    def _named(self, part: Part) -> Person | str | None:
        """Who goes by the name of this part."""
        for word in self._words(part):
            found = self.roster.find(word) or self.roster.group_by_mangled(mangled(word))[:1]
            if len(found) > 1:
                names = " and ".join(f"{person.called} ({person.student})" for person in found)
                return f"{word!r} can be {names}; name the folder by the id"
            if found:
                return found[0]
        return None

    def _words(self, part: Part) -> list[str]:
        """What in the name of a part may name somebody: all of it; of a file also without a notebook's name."""
        if not part.is_file:
            return [part.name]
        stem = Path(part.name).stem.strip()
        rest = [stem.replace(name, " ").strip(" -_.()") for name in self.notebooks if name in stem]
        return [word for word in (stem, *rest) if word]

    def _folder(self, part: Part) -> Person | str | None:
        if part.is_file or part.name in self.notebooks or part.name in self.wrappers:
            return None
        if not part.name.isprintable():
            return "rename the folder, without control characters"
        if part.name != part.name.strip():
            return "the folder's name begins or ends with a space"
        if PATTERN_CHARACTERS & set(part.name):
            return "rename the folder, without * ? [ and ]"
        return Person(part.name)


def wrappers(ways: Sequence[Sequence[Part]], notebooks: Sequence[str], *, around: bool) -> frozenset[str]:
    """Folders that are nobody's: those of Canvas's files alone, and if `around` a folder around the folders of all."""
    of_canvas: dict[str, bool] = {}
    for way in ways:
        folders = [part.name for part in way if not part.is_file]
        if len(folders) == 1 and way[1:]:
            of_canvas[folders[0]] = of_canvas.get(folders[0], True) and bool(canvas_names.readings(way[1].name))
    found = {name for name, only in of_canvas.items() if only}
    inside = [[part.name for part in way if not part.is_file] for way in ways]
    for depth in range(3 if around else 0):
        names = {folders[depth] if len(folders) > depth + 1 else "" for folders in inside}
        below = {folders[depth + 1] for folders in inside if len(folders) > depth + 1} - set(notebooks)
        if len(names) != 1 or "" in names or len(below) < 2:
            break
        found |= names
    return frozenset(found)
