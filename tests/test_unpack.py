"""Only regular files of sane size and number come out of folders and zips, and what does not is named."""

import errno
import io
import os
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from raisin.grading import unpack
from raisin.grading.unpack import Found, Refused


@pytest.fixture
def room(tmp_path: Path) -> Path:
    folder = tmp_path / "room"
    folder.mkdir()
    return folder


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def opened(path: Path, room: Path) -> tuple[dict[str, bytes | None], dict[str, str]]:
    """What was found, with its content, and what was refused, with the reason."""
    found: dict[str, bytes | None] = {}
    refused: dict[str, str] = {}
    for entry in unpack.everything(path, room):
        if isinstance(entry, Refused):
            refused[entry.words] = entry.why
        else:
            found[entry.words] = entry.path.read_bytes() if entry.path else None
    return found, refused


def given(tmp_path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    path = tmp_path / "in.zip"
    path.write_bytes(zipped(*members))
    return path


def test_zips_in_zips_and_folders_in_zips_are_opened(tmp_path: Path, room: Path) -> None:
    inner = zipped(("deep/er/b.ipynb", b"B"), ("__MACOSX/._b.ipynb", b""), (".DS_Store", b""))
    found, refused = opened(given(tmp_path, ("x/a.ipynb", b"A"), ("y.ZIP", inner), ("c.pdf", b"C")), room)
    assert found == {"in.zip/x/a.ipynb": b"A", "in.zip/y.ZIP/deep/er/b.ipynb": b"B", "in.zip/c.pdf": None}
    assert refused == {}


def test_a_folder_is_walked_and_its_zips_are_opened(tmp_path: Path, room: Path) -> None:
    folder = tmp_path / "in"
    (folder / "ada" / ".ipynb_checkpoints").mkdir(parents=True)
    (folder / "ada" / ".ipynb_checkpoints" / "a.ipynb").touch()
    (folder / "ada" / "all.zip").write_bytes(zipped(("a.ipynb", b"A")))
    (folder / "b.ipynb").write_bytes(b"B")
    assert opened(folder, room) == ({"ada/all.zip/a.ipynb": b"A", "b.ipynb": b"B"}, {})


def test_names_that_lead_out_are_refused_and_nothing_is_written_there(tmp_path: Path, room: Path) -> None:
    names = ["../up.ipynb", "/root.ipynb", "a/../../up.ipynb", "..\\up.ipynb"]
    found, refused = opened(given(tmp_path, *((name, b"X") for name in names)), room)
    assert found == {} and len(refused) == 3  # two of them are one when "\\" is read as "/"
    assert all("leads out of the zip" in why for why in refused.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.zip", "room"] and not any(room.iterdir())


def test_links_and_devices_are_refused_wherever_they_lie(tmp_path: Path, room: Path) -> None:
    link = zipfile.ZipInfo("link.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    _, refused = opened(given(tmp_path, (link, b"/etc/passwd")), room)
    assert list(refused) == ["in.zip/link.ipynb"]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.ipynb").symlink_to("/etc/passwd")
    (folder / "away").symlink_to("/etc")
    os.mkfifo(folder / "pipe.ipynb")
    found, refused = opened(folder, room)
    assert found == {} and set(refused) == {"a.ipynb", "away", "pipe.ipynb"}
    assert all("a link or device" in why for why in refused.values())
    assert opened(folder / "pipe.ipynb", room) == ({}, {"pipe.ipynb": "a link or device, no file; ask for the file"})


def test_a_zip_bomb_costs_nothing(tmp_path: Path, room: Path) -> None:
    bomb = zipped(("a.ipynb", bytes(50_000_000)))
    found, refused = opened(given(tmp_path, ("ada.zip", bomb), ("b.ipynb", bytes(50_000_000))), room)
    assert found == {}
    assert all("50 MB of" in why and "ask for the notebook alone" in why for why in refused.values())
    assert set(refused) == {"in.zip/ada.zip/a.ipynb", "in.zip/b.ipynb"}
    assert not any(room.iterdir())


def test_many_files_many_levels_and_many_bytes_are_bounded(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = zipped(*((f"{k}.ipynb", b"") for k in range(unpack.MOST_IN_ZIP + 1)))
    _, refused = opened(given(tmp_path, ("ada.zip", many)), room)
    assert refused == {"in.zip/ada.zip": "a zip of 501 files; ask for the notebook alone"}
    deep = zipped(("a.ipynb", b"A"))
    for _ in range(4):
        deep = zipped(("z.zip", deep))
    (tmp_path / "in.zip").write_bytes(deep)
    found, refused = opened(tmp_path / "in.zip", room)
    assert found == {} and list(refused.values()) == ["a zip in a zip in a zip; ask for the notebook alone"]
    monkeypatch.setattr(unpack, "MOST_BYTES", (10**9, 10**9, 1000))
    noise = [(f"{k}.ipynb", os.urandom(400)) for k in range(4)]
    found, refused = opened(given(tmp_path, ("ada.zip", zipped(*noise)), ("b.ipynb", os.urandom(2000))), room)
    assert sorted(found) == ["in.zip/ada.zip/0.ipynb", "in.zip/ada.zip/1.ipynb", "in.zip/b.ipynb"]
    assert sorted(refused) == ["in.zip/ada.zip/2.ipynb", "in.zip/ada.zip/3.ipynb"]


def test_a_zip_whose_contents_alone_fill_the_memory_is_not_opened(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "MOST_CONTENTS", 4_000)
    few, many = (zipped(*((f"{k}.ipynb", b"") for k in range(n))) for n in (50, 100))
    monkeypatch.setattr(unpack.zipfile.ZipFile, "infolist", _not_more_than(60))
    found, refused = opened(given(tmp_path, ("few.zip", few), ("many.zip", many)), room)
    assert len(found) == 50
    assert refused == {"in.zip/many.zip": "a zip of far too many files; ask for the notebook alone"}


def _not_more_than(most: int) -> Callable[[zipfile.ZipFile], list[zipfile.ZipInfo]]:
    def infolist(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        assert len(archive.filelist) <= most
        return archive.filelist

    return infolist


def test_the_number_of_all_files_is_bounded(tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_FILES", 3)
    (tmp_path / "in").mkdir()
    for k in range(5):
        (tmp_path / "in" / f"{k}.ipynb").touch()
    found, refused = opened(tmp_path / "in", room)
    assert len(found) == 3 and refused == {"3.ipynb": "more than 3 files; collect them in parts"}
    members = [(f"{k}.ipynb", b"") for k in range(5)]
    found, refused = opened(given(tmp_path, *members), room)
    assert len(found) == 3 and set(refused.values()) == {"more than 3 files; collect them in parts"}


def test_what_is_too_large_is_refused_before_it_is_read(tmp_path: Path, room: Path) -> None:
    (tmp_path / "in").mkdir()
    with (tmp_path / "in" / "a.ipynb").open("wb") as file:
        file.truncate(unpack.LARGEST + 1)
    _, refused = opened(tmp_path / "in", room)
    assert refused == {"a.ipynb": "the file has 100 MB; ask for it without its outputs"}


def test_a_damaged_and_a_locked_zip_are_named(tmp_path: Path, room: Path) -> None:
    whole = zipped(("a.ipynb", os.urandom(5000)))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "half.zip").write_bytes(whole[:2500])
    (tmp_path / "in" / "none.zip").write_bytes(b"")
    wrong = bytearray(whole)
    wrong[1000] ^= 255
    (tmp_path / "in" / "wrong.zip").write_bytes(wrong)
    locked = bytearray(whole)
    for at in (whole.index(b"PK\x03\x04") + 6, whole.index(b"PK\x01\x02") + 8):
        locked[at] |= 1
    (tmp_path / "in" / "locked.zip").write_bytes(locked)
    found, refused = opened(tmp_path / "in", room)
    assert found == {}
    assert "locked with a password" in refused["locked.zip/a.ipynb"]
    assert "ask for it again" in refused["wrong.zip/a.ipynb"]
    assert all("the zip is damaged" in refused[name] for name in ("half.zip", "none.zip"))


def test_a_full_disk_is_no_damaged_zip(tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**about: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unpack.tempfile, "mkstemp", full)
    with pytest.raises(OSError, match="No space left"):
        opened(given(tmp_path, ("ada.zip", zipped(("a.ipynb", b"A")))), room)


def test_names_are_read_as_utf8_also_where_the_zip_does_not_say_so(tmp_path: Path, room: Path) -> None:
    data = zipped(("josé.ipynb", b"A"))
    for at in (data.index(b"PK\x03\x04") + 7, data.index(b"PK\x01\x02") + 9):
        assert data[at] & 8
        data = data[:at] + bytes([data[at] & ~8]) + data[at + 1 :]
    (tmp_path / "in.zip").write_bytes(data)
    assert list(opened(tmp_path / "in.zip", room)[0]) == ["in.zip/josé.ipynb"]


def test_the_time_is_that_of_the_outermost_file_from_whom_it_names_on(tmp_path: Path, room: Path) -> None:
    inner = zipfile.ZipInfo("b.ipynb", (1999, 1, 1, 0, 0, 0))
    outer = zipfile.ZipInfo("ada.zip", (2026, 11, 2, 12, 0, 0))
    outer.extra = b"UT\x05\x00\x01" + int(datetime(2026, 11, 2, 9, 30, tzinfo=UTC).timestamp()).to_bytes(4, "little")
    path = given(tmp_path, (outer, zipped((inner, b"B"))), (zipfile.ZipInfo("c.ipynb", (2026, 11, 3, 12, 0, 0)), b"C"))
    first, second = (entry for entry in unpack.everything(path, room) if isinstance(entry, Found))
    assert unpack.times(first.parts, 1) == datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    assert unpack.times(second.parts, 1) == datetime(2026, 11, 3, 12).astimezone()
    assert second.path is not None and second.path.stat().st_mtime == datetime(2026, 11, 3, 12).timestamp()


def test_one_file_is_itself(tmp_path: Path, room: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"A")
    assert opened(path, room) == ({"a.ipynb": b"A"}, {})
