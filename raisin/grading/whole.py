"""A file that is there whole or, whatever happens meanwhile, as it was."""

import os
from pathlib import Path


def write(target: Path, content: str | bytes) -> None:
    """Put `content` (text as UTF-8) where `target` is, with the folders above it. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    os.replace(part, target)
