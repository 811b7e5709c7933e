"""Who has a share in a submission: a group hands in one copy, which is graded once and counts for every member.

Its members may be others from notebook to notebook. `raisin collect` settles who they are (collected.json); where
it has said nothing, the cell `students` of the notebook does.
"""

import contextlib
from collections.abc import Mapping

from raisin.grading import received
from raisin.grading.course import Course
from raisin.students import Member


def members_of(course: Course, student: str, notebook: str) -> tuple[Member, ...]:
    """Everybody whose submission this is; () where nobody is named. Ids that students typed may be anything."""
    typed: tuple[Member, ...] = ()
    with contextlib.suppress(ValueError):  # an unreadable notebook names nobody, and is listed as not graded
        typed = received.members(course.submitted(student, notebook))
    record = received.read(course, student, notebook)
    if record is None or not record.members:
        return typed
    called = {member.student: member.name for member in typed}
    return tuple(Member(called.get(member, ""), member) for member in record.members)


def ids_of(course: Course, student: str, notebook: str) -> tuple[str, ...]:
    """The ids of everybody whose submission this is; who handed it in where nobody is named."""
    record = received.read(course, student, notebook)
    if record is not None and record.members:
        return record.members
    typed = [member.student for member in members_of(course, student, notebook) if member.student]
    return tuple(dict.fromkeys(typed)) or (student,)


def named_by(course: Course, notebook: str) -> dict[str, tuple[str, ...]]:
    """Everybody whom others name as a member of what they handed in: who, by whom."""
    found: dict[str, tuple[str, ...]] = {}
    for by, member in received.named_by(course, notebook):
        if by != member.student and by not in found.get(member.student, ()):
            found[member.student] = (*found.get(member.student, ()), by)
    return found


def shared_with(course: Course, notebook: str) -> Mapping[str, tuple[str, ...]]:
    """Of every copy the members who have what came of it, beside who handed it in.

    Not those who handed in themselves, nor whom two copies name (a person decides), nor an id that names no folder.
    """
    found: dict[str, tuple[str, ...]] = {}
    for member, by in named_by(course, notebook).items():
        if len(by) == 1 and _names_a_folder(member) and not course.has_submission(member, notebook):
            found[by[0]] = (*found.get(by[0], ()), member)
    return found


def _names_a_folder(student: str) -> bool:
    return not student.startswith(".") and not set(student) & set("/\\\0")
