"""Notebooks in, PDFs out: keeps a worker process going, and asks it for less where a notebook is too much for it."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from raisin.printout.request import About
from raisin.printout.worker import receive, send

# The levels of raisin.printout.typesetting, from everything to a page that says it cannot be printed, with the
# processor seconds that each may take. A notebook of the course takes a tenth of one.
SECONDS = {"full": 2.0, "no pictures": 0.8, "text only": 0.6, "source only": 0.4, "notice": 10.0}
LARGEST = 60_000_000  # bytes of a notebook; of a larger one there is only the page that says so
WALL_SECONDS = 30.0  # of one level, on a machine that is busy with other things
# Finds this package also where it is not installed.
_WORKER = "import sys; sys.path.append(sys.argv[2]); from raisin.printout.worker import main; main()"
MEMORY_MB = 3_000  # address space, of which the fonts and the libraries take some hundred


class PrinterBroken(RuntimeError):
    """The worker does not start: a dependency is missing, or there is no memory for it."""


@dataclass(frozen=True)
class Printed:
    """A PDF, and in words what it lacks of the notebook."""

    pdf: bytes
    missing: tuple[str, ...] = ()


class Printer:
    """A context in which notebooks are printed, one after the other. Not for several threads at once."""

    def __init__(self, seconds: float = SECONDS["full"], memory_mb: int = MEMORY_MB) -> None:
        self.seconds = {**SECONDS, "full": seconds}
        self.memory_mb = memory_mb
        self._worker: subprocess.Popen[bytes] | None = None
        self._home = tempfile.TemporaryDirectory(prefix="raisin-printer-")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._home.cleanup()

    def print(self, notebook: bytes, about: About | None = None) -> Printed:
        """The PDF of a notebook file: there always is one. Raises PrinterBroken."""
        about = about or About()
        reasons: list[str] = []
        if len(notebook) > LARGEST:
            notebook, reasons = b"", [f"{len(notebook):,} bytes are too many"]
        for level, seconds in self.seconds.items():
            if level == "no pictures" and b"image/" not in notebook:
                continue  # that would be the same once more
            answer = self._ask(notebook, about, level, seconds)
            if isinstance(answer, Printed):
                return Printed(answer.pdf, (*answer.missing, *reasons))
            reasons.append(f"{level}: {answer}")
        raise PrinterBroken("; ".join(reasons))

    def _ask(self, notebook: bytes, about: About, level: str, seconds: float) -> Printed | str:
        """The answer of the worker at one level, or in words why there is none."""
        worker = self._worker or self._start()
        assert worker.stdin is not None and worker.stdout is not None
        request = {"about": about.as_data(), "level": level, "seconds": seconds}
        frames = (json.dumps(request).encode(), b"" if level == "notice" else notebook)
        alarm = threading.Timer(WALL_SECONDS, worker.kill)
        alarm.start()
        try:
            send(worker.stdin, *frames)
            answer = json.loads(receive(worker.stdout))
            pdf = receive(worker.stdout)
        except (EOFError, OSError):
            self._stop()
            return "it took too much time or memory"
        finally:
            alarm.cancel()
        return Printed(pdf, tuple(answer["missing"])) if answer["ok"] else str(answer["missing"][0])

    def _start(self) -> subprocess.Popen[bytes]:
        # Nothing of this process but the interpreter and its packages; an empty folder of its own to work in.
        kept = ("PATH", "SYSTEMROOT", "PYTHONPATH", "LD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment |= {"TMPDIR": self._home.name, "HOME": self._home.name, "RAYON_NUM_THREADS": "1"}
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(self.memory_mb), str(Path(__file__).parents[2])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._home.name,
            env=environment,
        )
        self._worker = worker
        assert worker.stdout is not None and worker.stderr is not None
        try:
            receive(worker.stdout)
        except EOFError:
            words = worker.stderr.read().decode("utf-8", "replace").strip().splitlines()
            self._stop()
            hint = "; install the printer with: pip install raisin[print]" if "ModuleNotFound" in "".join(words) else ""
            raise PrinterBroken(f"the printer does not start: {(words or ['no reason given'])[-1]}{hint}") from None
        threading.Thread(target=_drain, args=(worker.stderr,), daemon=True).start()
        return worker

    def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        with contextlib.suppress(OSError):
            assert worker.stdin is not None
            worker.stdin.close()
        worker.kill()
        worker.wait()
        for pipe in (worker.stdout, worker.stderr):
            with contextlib.suppress(OSError, ValueError):
                assert pipe is not None
                pipe.close()


def _drain(pipe: IO[bytes]) -> None:
    """What the worker complains about must not fill its pipe."""
    with contextlib.suppress(OSError, ValueError):
        for _ in pipe:
            pass
