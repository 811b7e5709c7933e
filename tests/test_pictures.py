"""Pictures come out of the notebook itself, at a size that paper has."""

import base64

import printout_samples as samples
import pytest

from raisin.printout.pictures import HIGHEST, WIDEST, NoPicture, Pictures


def test_small_pictures_keep_their_shape_and_large_ones_fit_the_page() -> None:
    pictures = Pictures()
    small = pictures.add(samples.png(200, 100), "image/png", {})
    assert small.width == 2 * small.height > 100
    large = pictures.add(samples.png(2_000, 100), "image/png", {})
    assert (large.width, large.width / large.height) == (WIDEST, pytest.approx(20, rel=0.01))
    high = pictures.add(samples.png(10, 3_000), "image/png", {})
    assert high.height == HIGHEST
    assert len(pictures.files) == 3


def test_a_notebook_may_ask_for_a_size() -> None:
    pictures = Pictures()
    plain = pictures.add(samples.png(200, 100), "image/png", {})
    assert pictures.add(samples.png(200, 100), "image/png", {"width": 100}).width == plain.width / 2
    assert pictures.add(samples.png(200, 100), "image/png", {"height": "200px"}).height == 2 * plain.height
    assert pictures.add(samples.png(200, 100), "image/png", {"width": "1e9; x", "height": None}).width == plain.width


@pytest.mark.parametrize(
    "address", ["https://e.org/a.png", "file:///etc/passwd", "/etc/passwd", "../a.png", "attachment:none", ""]
)
def test_what_is_not_in_the_notebook_is_no_picture(address: str) -> None:
    pictures = Pictures()
    with pytest.raises(NoPicture):
        pictures.add_url(address, {}, {"a.png": {"image/png": samples.png()}})
    assert not pictures.files


def test_attached_and_inline_pictures() -> None:
    pictures = Pictures()
    pictures.add_url("attachment:a%20b.png", {}, {"a b.png": {"image/png": samples.png()}})
    pictures.add_url("data:image/png;base64," + samples.png(), {}, {})
    pictures.add_url("data:image/svg+xml;base64," + base64.b64encode(samples.SVG.encode()).decode(), {}, {})
    assert [name.split(".")[1] for name in pictures.files] == ["png", "png", "svg"]


def test_links_that_lead_out_of_an_svg_are_cut() -> None:
    pictures = Pictures()
    inside = '<use xlink:href="#a"/><image href="data:image/png;base64,AAAA"/>'
    pictures.add(
        f"<svg>{inside}<image xlink:href=\"file:///etc/passwd\"/><a href='http://e.org'/></svg>", "image/svg+xml", {}
    )
    (svg,) = pictures.files.values()
    assert b"passwd" not in svg and b"e.org" not in svg
    assert inside.encode() in svg


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        ("", "image/png"),
        ("AAAA", "image/png"),
        (samples.png(claimed=(60_000, 60_000)), "image/png"),
        (samples.png(claimed=(0, 5)), "image/png"),
        (samples.png(), "image/jpeg"),
        (samples.png(), "image/x-unknown"),
        (samples.ENTITIES, "image/svg+xml"),
        (samples.BLUR, "image/svg+xml"),
    ],
)
def test_damaged_and_enormous_pictures_are_refused(data: str, mime: str) -> None:
    with pytest.raises(NoPicture):
        Pictures().add(data, mime, {})


def test_all_pictures_together_are_bounded() -> None:
    pictures = Pictures()
    with pytest.raises(NoPicture, match="too many"):
        for _ in range(100):
            pictures.add(samples.png(claimed=(5_000, 5_000)), "image/png", {})
    assert len(pictures.files) < 5
