"""The canonical form of the raisins: the same text, whatever file the rows came in."""

import io
import zipfile

import factories
import pytest

from raisin.lab import uci

CSV = """Area,MajorAxisLength,MinorAxisLength,Eccentricity,ConvexArea,Extent,Perimeter,Class
87524,442.2460114,253.291155,0.819738392,90546,0.758650579,1184.04,Kecimen
75166,406.6906870,243.0324363,8.01805234e-1,78789.0,0.68412957,1121.786,Besni
"""
DUE = """Area,MajorAxisLength,MinorAxisLength,Eccentricity,ConvexArea,Extent,Perimeter,Class
87524,442.246011,253.291155,0.819738392,90546,0.758650579,1184.04,Kecimen
75166,406.690687,243.032436,0.801805234,78789,0.68412957,1121.786,Besni
"""


def packed(**members: bytes) -> bytes:
    """A zip of these files; two underscores in a name are a dot."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name.replace("__", "."), member)
    return content.getvalue()


def test_numbers_have_nine_digits_and_lines_end_by_lf() -> None:
    assert uci.canonical(CSV.encode()) == DUE
    assert uci.canonical(DUE.encode()) == DUE


@pytest.mark.parametrize(
    "content",
    [
        CSV.replace("\n", "\r\n").encode(),
        CSV.rstrip().encode(),
        CSV.encode("utf-8-sig"),
        CSV.replace(",", " , ").replace("\n", "\n\n").encode(),
        CSV.replace("Area,Major", "area,major").encode(),
        factories.raisin_arff(CSV).encode(),
        factories.raisin_arff(CSV).replace("\n", "\r\n").encode(),
        factories.raisin_arff(CSV).upper().replace("KECIMEN", "Kecimen").replace("BESNI", "Besni").encode(),
        b"% Yaz\xfdl\xfdm\n" + factories.raisin_arff(CSV).encode(),
        packed(data__csv=CSV.encode()),
        packed(Raisin_Dataset__zip=packed(a__txt=b"read me", Raisin_Dataset__arff=factories.raisin_arff(CSV).encode())),
    ],
)
def test_the_file_around_the_rows_does_not_matter(content: bytes) -> None:
    assert uci.canonical(content) == DUE


def test_columns_in_another_order_are_put_right() -> None:
    lines = [line.split(",") for line in CSV.splitlines()]
    assert uci.canonical("\n".join(",".join(reversed(line)) for line in lines).encode()) == DUE


@pytest.mark.parametrize("change", [("87524", "87525"), ("0.758650579", "0.758650578"), ("Besni", "Kecimen")])
def test_any_other_number_or_class_has_another_hash(change: tuple[str, str]) -> None:
    assert uci.digest(uci.canonical(CSV.replace(*change).encode())) != uci.digest(DUE)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"<html><body>Bad gateway</body></html>", "it has no column Area, MajorAxisLength"),
        (CSV.replace("Extent", "Roundness").encode(), "it has no column Extent"),
        (CSV.encode()[:-40], "row 2 has no seven numbers and a class"),
        (CSV.replace("90546", "many").encode(), "row 1 has no seven numbers and a class"),
        (CSV.replace("90546", '"' + "9" * 200_000).encode(), "it is no table"),
        (b"PK\x03\x04", "it is a damaged zip"),
        (packed(data__csv=CSV.encode())[:-30], "it is a damaged zip"),
        (packed(citation__txt=b"", table__xlsx=b""), "it is a zip without the data: it holds citation.txt, table.xlsx"),
        (packed(a__zip=packed(a__zip=packed(a__zip=packed(a__csv=CSV.encode())))), "a zip in a zip"),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        uci.canonical(content)


def test_a_member_that_claims_to_be_huge_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uci, "LARGEST", 100)
    with pytest.raises(ValueError, match="without the data"):
        uci.canonical(packed(data__csv=CSV.encode()))


def test_both_hashes_are_those_of_whole_sets() -> None:
    assert len(uci.UCI) == len(uci.SIMULATED) == 64
    content = (factories.PROJECT / "data" / "raisin_simulated.csv").read_bytes()
    assert uci.canonical(content).encode() == content and uci.digest(uci.canonical(content)) == uci.SIMULATED
