"""What can go wrong on the instructor's side: one root, a few leaves, each also the error Python would raise."""

import errno
from collections.abc import Mapping

_NO_ROOM = ("disk is full", "disk I/O error", "readonly database", "No space left")  # as databases say it


class RaisinError(Exception):
    """A command cannot go on. The message names the thing and the way out; the command ends with status 2."""


class CourseNotFound(RaisinError, FileNotFoundError):
    """There is no course here: no `nbgrader_config.py` in this folder or above it, or no notebook in source/."""


class NoSuchNotebook(RaisinError, LookupError):
    """A notebook was asked for that source/ does not hold."""


class NoSuchFolder(RaisinError, NotADirectoryError):
    """A folder was named that is not there."""


class BadRoster(RaisinError, ValueError):
    """A roster cannot be read, or does not say who is who."""


class BadSetting(RaisinError, ValueError):
    """A setting in nbgrader_config.py that cannot be meant."""


class NotReleasable(RaisinError, ValueError):
    """The source notebooks cannot be made into a release: nbgrader refuses, or a solution would leak."""


class BrokenSource(RaisinError, RuntimeError):
    """A source notebook fails its own checks, or does not run: nothing can be measured against it."""


class NoSandbox(RaisinError, RuntimeError):
    """Students' code cannot be shut in on this machine."""

    def __init__(self, reason: str) -> None:
        way_out = "or say --no-sandbox, and students' code can read and change whatever you can"
        super().__init__(f"there is no sandbox for students' code: {reason}; {way_out}")
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return type(self), (self.reason,)  # it comes from other processes, too


class ClusterFailed(RaisinError, ConnectionError):
    """No scheduler, no worker, no Dask: nothing more can be run at the address asked for."""


class UnfitWorker(ClusterFailed):
    """Workers that must not run what is sent: another raisin or Python, or no sandbox. `workers`: why, by name."""

    def __init__(self, workers: Mapping[str, str]) -> None:
        lines = "".join(f"\n  {name}: {why}" for name, why in workers.items())
        super().__init__(f"workers that must not run students' notebooks (mend them or end them):{lines}")
        self.workers = dict(workers)

    def __reduce__(self) -> tuple[type, tuple[dict[str, str]]]:
        return type(self), (self.workers,)


class InUse(RaisinError, RuntimeError):
    """Another process writes to this course's gradebook."""


class NoRoom(RaisinError, OSError):
    """The disk is full, or may not be written to."""

    def __init__(self, error: Exception) -> None:
        where = getattr(error, "filename", None) or "gradebook.db"
        words = "make room and run the same command again, it goes on where it stopped"
        super().__init__(f"{where} could not be written ({_first(error)}); {words}")


def is_no_room(error: BaseException) -> bool:
    """Whether it says that nothing more can be written here."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return True
    return type(error).__name__ == "OperationalError" and any(words in str(error) for words in _NO_ROOM)


def is_of_gradebook(error: BaseException) -> bool:
    """Whether a database could not do what it was asked: it is locked, gone or full."""
    return any(kind.__name__ == "DBAPIError" and kind.__module__.startswith("sqlalchemy") for kind in type(error).mro())


def not_usable(error: BaseException) -> str:
    """What to say of such an error, in a line."""
    return f"the gradebook could not be used ({_first(error)}); nothing is lost: run the same command again"


def _first(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
