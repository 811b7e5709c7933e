"""What matplotlib knows of this machine's fonts, for the sandbox: finding them is most of a server's start."""

import contextlib
import json
import os
from pathlib import Path


def copy(target: Path) -> None:
    """Put matplotlib's own lists into this folder, where it has made any; without fonts in somebody's home."""
    with contextlib.suppress(OSError, RuntimeError, ValueError, KeyError, TypeError):
        for path in _folder().glob("fontlist-*.json"):
            found = json.loads(path.read_text(encoding="utf-8"))
            for kind in ("ttflist", "afmlist"):
                found[kind] = [font for font in found[kind] if _is_everybodys(font["fname"])]
            target.mkdir(exist_ok=True)
            (target / path.name).write_text(json.dumps(found), encoding="utf-8")


def _folder() -> Path:
    """Where matplotlib keeps them (matplotlib.get_cachedir, without importing it)."""
    if own := os.environ.get("MPLCONFIGDIR"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "matplotlib")


def _is_everybodys(name: str) -> bool:
    return name.startswith("/usr/") or not name.startswith("/")  # without a slash it is one of matplotlib's own
