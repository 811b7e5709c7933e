"""The course's secret: what the numbers of the checks are drawn with at grading, and nobody can know beforehand."""

import hashlib
import hmac
import os
import secrets
import shutil
from pathlib import Path

from raisin.grading.course import Course


def seed(course: Course, notebook: str) -> str:
    """The seed of a notebook's checks at grading: HMAC-SHA256 of its name under the course's secret (RFC 2104)."""
    return seed_of(_secret(course), notebook)


def seed_of(secret: str, notebook: str) -> str:
    """The seed of a notebook's checks under a secret."""
    return hmac.new(secret.encode(), notebook.encode(), hashlib.sha256).hexdigest()


def _secret(course: Course) -> str:
    """``c.Course.secret``, else the one in .raisin/secret, which is made when it is first asked for."""
    if course.secret:
        return str(course.secret)
    path = course.root / ".raisin" / "secret"
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        _make(path)
    return path.read_text(encoding="utf-8").strip()


def _make(path: Path) -> None:
    # Written beside and linked into place: whoever finds the file finds all of it, and the first of several stays.
    part = path.with_name(f"secret.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(16))
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    except OSError:  # a disk without links
        shutil.copy(part, path)
    finally:
        part.unlink()
