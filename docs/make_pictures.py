"""Makes docs/pictures: what people look at, taken from the example class in a real browser.

    python docs/make_pictures.py [FOLDER [NAME...]]

FOLDER: where the class lies, or is put by `raisin demo` (default: demo); NAME: only these pictures.
Needs Chromium and what `make setup` installs. Two written answers are graded first, so that there is something to see.
"""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time
from html import escape
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from PIL import Image
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from browser import browser, lab  # noqa: E402  tests/ is no package

PICTURES = ROOT / "docs" / "pictures"
NOTEBOOK, QUESTION, STUDENT = "04-backward", "why-accumulate", "sam"
GIVEN = {
    "sam": (1.5, "(a) Right. (b) Which line of the loop is it, and what would go wrong without it?"),
    "alma": (2.0, "Well put."),
}
COLOURS = 128
PHONE = {"width": 390, "height": 780}
TERMINAL = 100  # columns
CONTROL = re.compile(r"\x1b\[(\?25[lh]|2K|\d*A)|\r\n|\r|\n")


def keep(name: str, picture: bytes | Image.Image) -> None:
    """A small PNG: few colours are enough for text."""
    image = picture if isinstance(picture, Image.Image) else Image.open(io.BytesIO(picture))
    PICTURES.mkdir(exist_ok=True)
    path = PICTURES / f"{name}.png"
    image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def raisin(course: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "raisin", *arguments], cwd=course, check=False, stdout=subprocess.DEVNULL)


def grade_by_hand(course: Path) -> None:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student, (points, comment) in GIVEN.items():
            grade = gradebook.find_grade(QUESTION, NOTEBOOK, NOTEBOOK, student)
            grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.find_comment(QUESTION, NOTEBOOK, NOTEBOOK, student).manual_comment = comment
        gradebook.db.commit()


def feedback(chromium: Any, course: Path) -> None:
    """Two screens of a phone beside each other: the top of the page, and a check that failed."""
    page = chromium.new_page(viewport=PHONE)
    page.goto((course / "feedback" / STUDENT / NOTEBOOK / f"{NOTEBOOK}.html").as_uri())
    top = Image.open(io.BytesIO(page.screenshot()))
    page.locator("li.failed").first.evaluate("e => window.scrollTo(0, e.getBoundingClientRect().top + scrollY - 120)")
    failed = Image.open(io.BytesIO(page.screenshot()))
    both = Image.new("RGB", (2 * PHONE["width"] + 20, PHONE["height"]), "#9a9da3")
    both.paste(top, (0, 0))
    both.paste(failed, (PHONE["width"] + 20, 0))
    keep("feedback", both)


def report(chromium: Any, course: Path) -> None:
    page = chromium.new_page(viewport={"width": 900, "height": 820})
    page.goto(f"{(course / 'report' / 'index.html').as_uri()}#{NOTEBOOK}")
    keep("report", page.screenshot())


def printout(chromium: Any, course: Path) -> None:
    """A page of the PDF as the browser shows it."""
    pdf = (course / "printouts" / STUDENT / f"{NOTEBOOK}.pdf").as_uri()
    with tempfile.TemporaryDirectory() as folder:
        frame = Path(folder) / "printout.html"
        shown = f'<embed src="{pdf}#toolbar=0&navpanes=0&view=FitH&page=1" width="760" height="900">'
        frame.write_text(f'<body style="margin: 0">{shown}</body>', encoding="utf-8")
        page = chromium.new_page(viewport={"width": 760, "height": 900})
        page.goto(frame.as_uri())
        page.wait_for_timeout(5_000)  # the viewer does not say when it has drawn
        keep("printout", page.screenshot())


def formgrader(chromium: Any, course: Path) -> None:
    page = chromium.new_page(viewport={"width": 1100, "height": 760})
    with tempfile.TemporaryDirectory() as home, lab(course, Path(home)) as there:
        page.goto(there.at("lab"))
        page.goto(f"{there.url}/formgrader/gradebook/{NOTEBOOK}/{NOTEBOOK}")
        left = page.locator("tr", has=page.locator("td.needs-manual-grade .glyphicon-ok"))
        left.locator("td.name a.name-hidden").first.click()
        page.locator(f"#{QUESTION}:focus").wait_for()
        page.wait_for_timeout(1_500)  # formgrader rolls to the question
        keep("formgrader", page.screenshot())


def progress(chromium: Any, course: Path) -> None:
    """`raisin grade` in a terminal, while it runs."""
    typed = ["raisin", "grade", "--force", "02", "03", "04"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(course)
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(TERMINAL)}
        os.execve(sys.executable, [sys.executable, "-m", *typed], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, TERMINAL, 0, 0))
    seen, taken = "", ""
    while chunk := _more(terminal):
        seen += chunk
        counted = [found for found in re.finditer(r"(\d+)/(\d+)", seen) if int(found[2]) > 10]
        if not taken and counted and int(counted[-1][1]) * 2 > int(counted[-1][2]):
            time.sleep(1)
            taken = seen
    os.waitpid(pid, 0)
    console = Console(record=True, width=TERMINAL, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {' '.join(typed)}\n" + "\n".join(_screen(taken or seen))))
    page = chromium.new_page(viewport={"width": 820, "height": 300})
    code = console.export_html(inline_styles=True, code_format="{code}")
    style = (
        "background: #16181d; color: #e6e6e6; margin: 0; padding: 14px; font: 13px/1.45 'DejaVu Sans Mono', monospace"
    )
    page.set_content(f'<pre id="screen" style="{escape(style)}">{code}</pre>')
    keep("progress", page.locator("#screen").screenshot())


def _more(terminal: int) -> str:
    try:
        return os.read(terminal, 65_536).decode("utf-8", "replace")
    except OSError:  # the program has ended
        return ""


def _screen(written: str) -> list[str]:
    """The lines that a terminal shows: of its signs those that a line of progress uses."""
    lines, row, begin = [""], 0, 0
    for found in [*CONTROL.finditer(written), None]:
        lines[row] += written[begin : found.start() if found else None]
        if found is None:
            break
        begin, sign = found.end(), found[0]
        if sign in ("\r\n", "\n"):
            row += 1
            lines += [""] * (row == len(lines))
        elif sign in ("\r", "\x1b[2K"):
            lines[row] = ""
        elif sign.endswith("A"):
            row = max(0, row - int(sign[2:-1] or 1))
    return [line for line in lines if line.strip()]


def main() -> None:
    course = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "demo").absolute()
    if not (course / "gradebook.db").is_file():
        raisin(ROOT, "demo", str(course))
    grade_by_hand(course)
    raisin(course, "feedback", NOTEBOOK, "--student", STUDENT)
    raisin(course, "report")
    raisin(course, "print", NOTEBOOK, "--student", STUDENT)
    with browser() as chromium:
        for take in (feedback, report, printout, formgrader, progress):
            if take.__name__ in sys.argv[2:] or not sys.argv[2:]:
                take(chromium, course)


if __name__ == "__main__":
    main()
