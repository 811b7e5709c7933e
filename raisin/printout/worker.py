"""The process that sets notebooks: one request after the other from standard input, one answer each to standard output.

    frame = 8 bytes of length, then as many bytes
    request: a frame of JSON (about, level, limits), a frame with the notebook's file
    answer:  a frame of JSON (ok, missing), a frame with the PDF

A request that takes more processor time than it may ends the process, wherever it is, and so does too much memory: the
other side (`raisin.printout.printer`) sees the pipe close, starts a new worker and asks for less.
"""

import contextlib
import json
import os
import signal
import sys
from typing import IO


def send(pipe: IO[bytes], *frames: bytes) -> None:
    for frame in frames:
        pipe.write(len(frame).to_bytes(8, "big"))
        pipe.write(frame)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """One frame. Raises EOFError where the pipe ends."""
    length = pipe.read(8)
    if len(length) < 8:
        raise EOFError
    frame = pipe.read(int.from_bytes(length, "big"))
    if len(frame) < int.from_bytes(length, "big"):
        raise EOFError
    return frame


def limit_memory(megabytes: int) -> None:
    """Address space, where the system knows limits."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_time(seconds: float) -> None:
    """Processor time from now on, after which the system ends this process; 0: no limit. Not on Windows."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes nowhere near the answers
    limit_memory(int(sys.argv[1]))
    if hasattr(signal, "SIGPROF"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
    from raisin.printout import typesetting
    from raisin.printout.request import About

    typesetting.fonts()
    send(answers, b"ready")
    while True:
        try:
            request = json.loads(receive(sys.stdin.buffer))
            notebook = receive(sys.stdin.buffer)
        except EOFError:
            return
        limit_time(request["seconds"])
        try:
            pdf, missing = typesetting.set_notebook(notebook, About.from_data(request["about"]), request["level"])
            answer = {"ok": True, "missing": missing}
        except typesetting.Unprintable as error:
            pdf, answer = b"", {"ok": False, "missing": [str(error)]}
        limit_time(0)
        send(answers, json.dumps(answer).encode(), pdf)
