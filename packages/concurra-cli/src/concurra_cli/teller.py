"""What is told of a run while it goes on: failures as they happen, what tasks wrote, lines of progress."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Final

from concurra_core import Event, RunStarted, TaskEnded, TaskRetrying, TaskStarted

from concurra_cli.output import STREAM, TaskOutput
from concurra_cli.screen import Screen
from concurra_cli.tally import FAILURES, Tally
from concurra_cli.text import clock, harmless, one_line, worded

_CELLS: Final = 25
_FRAME: Final = re.compile(r'^  File "(.+)", line (\d+)', re.MULTILINE)
_EACH: Final = 10  # up to so many tasks there is a line for each
_APART: Final = 0.1  # seconds between two lines of progress
_QUIET: Final = -1  # no failures below


class Teller:
    """Tell. It is a sink, after the *tally*.

    Args:
        screen: where it is read.
        tally: how the run stands.
        output: what tasks wrote.
        allowed: whether the task of a label may fail.
        tell: writes a text.
    """

    def __init__(
        self,
        screen: Screen,
        tally: Tally,
        output: TaskOutput,
        allowed: Callable[[Hashable], bool],
        tell: Callable[[str], None],
    ) -> None:
        self._screen = screen
        self._tally = tally
        self._output = output
        self._allowed = allowed
        self._tell = tell
        self._folder = _folder()  # before any task goes elsewhere
        self._name = ""
        self._began = 0.0
        self._next = 0.0  # when the next line of progress may come
        self._told = 0  # tenths, or tasks where they are few

    def __call__(self, event: Event, /) -> None:
        """Tell what there is to tell of *event*."""
        match event:
            case RunStarted(name=name):
                self._name, self._began = one_line(name), event.monotonic
                self._output.began(event.run_id)
            case TaskStarted() if self._screen.verbosity > 0:
                attempt = f" (attempt {event.attempt})" if event.attempt > 1 else ""
                self._tell(f"started    {one_line(event.label)}{attempt}")
            case TaskRetrying() if self._screen.verbosity > 0:
                again = f"again in {clock(event.delay)}" if event.delay else "again"
                self._tell(f"retrying   {one_line(event.label)}: {one_line(event.error)}; {again}")
            case TaskEnded():
                self._ended(event)

    def _ended(self, event: TaskEnded) -> None:
        screen = self._screen
        written = self._output.taken(event)
        if written:
            self._tell(self._grouped(event, written))
        if event.status in FAILURES and screen.verbosity >= _QUIET:
            self._tell(self._failure(event))
        elif screen.verbosity > 0:
            took = f" ({clock(event.seconds)})" if event.attempt else ""
            self._tell(f"{worded(event.status):<9}  {one_line(event.label)}{took}")
        if not screen.live and screen.verbosity >= 0:
            self._progress(event.monotonic)

    def _grouped(self, event: TaskEnded, written: str) -> str:
        label, text = one_line(event.label), written.removesuffix("\n")
        if self._output.mode == STREAM:  # the start of a line that never ended
            return text
        if self._screen.github:
            return f"::group::{label}\n{text}\n::endgroup::"
        return f"{self._screen.bold(f'--- {label}')}\n{text}"

    def _failure(self, event: TaskEnded) -> str:
        reason = harmless(event.reason or worded(event.status))
        text = self._screen.red(f"Task '{one_line(event.label)}' failed with error: {reason}")
        if (
            event.trace and "\n  " in event.trace
        ):  # without frames, as that of a command, it says the same again
            text = f"{text}\n{harmless(event.trace.rstrip())}"
        if self._screen.github:
            title = f"{self._name}: {one_line(event.label)} {worded(event.status)}"
            place = _place(event.trace or "", self._folder)
            kind = "warning" if self._allowed(event.label) else "error"
            text = f"{text}\n::{kind} {place}title={_escaped(title, in_title=True)}::{_escaped(event.reason or '')}"
        return text

    def _progress(self, now: float) -> None:
        standing = self._tally.standing(now)
        done, total = standing.done, standing.total
        mark = done if total <= _EACH else done * 10 // total
        if mark == self._told or (now < self._next and done < total):
            return
        self._told, self._next = mark, now + _APART
        self._tell(progress_line(self._name, done, total, now - self._began))


def progress_line(name: str, done: int, total: int, seconds: float) -> str:
    """Return how far a run is.

    >>> progress_line("etl", 1, 2, 61.5)
    'etl progress: [############.............] 1/2 [50.0%] in 1 min 1.5 sec'
    """
    percent = round(100 * done / total, 2) if total else 100.0
    bar = "#" * round(percent / 4)
    minutes, rest = divmod(seconds, 60)
    return f"{name} progress: [{bar:.<{_CELLS}}] {done}/{total} [{percent}%] in {int(minutes)} min {round(rest, 2)} sec"


def _folder() -> str | None:
    """Return the current folder, with a slash; None if it is gone."""
    try:
        return f"{Path.cwd()}{os.sep}"
    except OSError:
        return None


def _place(trace: str, here: str | None) -> str:
    """Return where *trace* ends in a file below the folder *here*, as an annotation has it; empty if nowhere."""
    if here is None:
        return ""
    for path, line in reversed(_FRAME.findall(trace)):
        if path.startswith(here):
            return f"file={_escaped(path.removeprefix(here), in_title=True)},line={line},"
    return ""


def _escaped(text: str, *, in_title: bool = False) -> str:
    """Return *text* as it may stand in an annotation of GitHub."""
    found = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return harmless(found.replace(":", "%3A").replace(",", "%2C") if in_title else found)
