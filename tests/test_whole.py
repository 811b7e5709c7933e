"""A file is there whole, or as it was."""

from pathlib import Path

import pytest

from raisin.grading import whole


def test_text_and_bytes_take_the_place_of_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "a.txt"
    whole.write(target, "Ωμέγα\n")
    assert target.read_bytes() == "Ωμέγα\n".encode()
    whole.write(target, b"\x00")
    assert target.read_bytes() == b"\x00" and [path.name for path in target.parent.iterdir()] == ["a.txt"]


def test_what_was_there_stays_when_the_new_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before", encoding="utf-8")

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        whole.write(target, "after")
    assert target.read_text(encoding="utf-8") == "before"
