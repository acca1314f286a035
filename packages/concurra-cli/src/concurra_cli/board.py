"""The live board on a terminal. The only file that imports rich.

While it stands, descriptors 1 and 2 lead into a pipe: whatever anybody writes, tasks, commands and this program alike,
comes out line by line above the board. One thread reads the pipe and draws.
"""

from __future__ import annotations

import math
import os
import re
import select
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from concurra_cli.screen import Screen
from concurra_cli.tally import Running, Standing, Tally
from concurra_cli.text import clock, harmless, one_line, shortened, width

_FRAME: Final = 0.1  # seconds
_MOST: Final = 10  # rows of running tasks
_COLUMNS, _LINES = 80, 24  # of a terminal that does not tell
_REST: Final = 4  # lines of a terminal that are not rows
_CELLS: Final = 25  # of the bar
_AT_ONCE: Final = 1 << 16  # bytes
# Sequences of two characters, such as a reset, the control characters above ASCII, and what turns the direction of writing.
_UNKNOWN: Final = re.compile("\x1b[^][]|[\x80-\x9f\u202a-\u202e\u2066-\u2069]")


class Board:
    """Draw how *tally* stands until it is left.

    Args:
        screen: whether there are colours.
        tally: how the run stands.
        name: what the run is called.
    """

    def __init__(self, screen: Screen, tally: Tally, name: str) -> None:
        self._tally = tally
        self._name = one_line(name)
        self._terminal = os.dup(2)
        self._kept = (os.dup(1), self._terminal)
        self._pipe = os.pipe()
        self._stop = os.pipe()
        self._poll = select.poll()  # unlike `select.select`, it takes a descriptor above 1023
        for descriptor in (self._pipe[0], self._stop[0]):
            self._poll.register(descriptor, select.POLLIN)
        stream = os.fdopen(os.dup(self._terminal), "w", encoding=sys.stderr.encoding, errors="replace")
        self._console = Console(
            file=stream, force_terminal=True, no_color=not screen.color, highlight=False, soft_wrap=True
        )
        self._column = 0  # width of the labels
        self._rest = b""  # of a line that has not ended
        self._thread = threading.Thread(target=self._draw, name="board", daemon=True)

    def __enter__(self) -> Self:
        sys.stdout.flush()
        sys.stderr.flush()
        for number in (1, 2):
            os.dup2(self._pipe[1], number)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        for number, descriptor in zip((1, 2), self._kept, strict=True):
            os.dup2(descriptor, number)
        os.write(self._stop[1], b".")
        self._thread.join()
        # The pipe stays open: a process that outlives the run may hold its other end.
        with suppress(OSError):
            self._console.file.close()
        for descriptor in (*self._kept, *self._stop):
            os.close(descriptor)

    def _draw(self) -> None:
        os.set_blocking(self._pipe[0], False)
        try:
            with Live(
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            ) as live:
                due = 0.0
                while self._wait(max(0.0, due - time.monotonic())):
                    self._pass_on()
                    if time.monotonic() >= due:
                        live.update(self._board(), refresh=True)
                        due = time.monotonic() + _FRAME
                while self._pass_on():
                    continue
                if self._rest:
                    self._print(self._rest)
        except Exception:  # noqa: BLE001 - the terminal has gone, perhaps: what writes into the pipe must not wait for it
            while self._wait(None):
                self._read()

    def _wait(self, seconds: float | None) -> bool:
        """Wait until there is something to read; return whether the board is to stand any longer."""
        found = self._poll.poll(None if seconds is None else math.ceil(seconds * 1000))
        return all(descriptor != self._stop[0] for descriptor, _ in found)

    def _read(self) -> bytes:
        try:
            return os.read(self._pipe[0], _AT_ONCE)
        except BlockingIOError:
            return b""

    def _pass_on(self) -> bool:
        """Print the lines that have come; return whether anything has."""
        data = self._read()
        lines, newline, self._rest = (self._rest + data).rpartition(b"\n")
        if newline:
            self._print(lines)
        return bool(data)

    def _print(self, data: bytes) -> None:
        # Colours stay, everything else that a terminal would obey goes. What rich does not know of is left for us.
        text = Text.from_ansi(_UNKNOWN.sub("", data.decode("utf-8", "replace")))
        self._console.print(Text(harmless(text.plain)) if "\x1b" in text.plain else text)

    def _board(self) -> Group:
        try:
            columns, height = os.get_terminal_size(self._terminal)
        except OSError:
            columns = height = 0
        columns, height = columns or _COLUMNS, height or _LINES  # a terminal may not know how large it is
        # The last column stays free: some terminals go to the next line when it is filled.
        self._console.size = (max(columns, 2), max(height, 2))
        now = time.perf_counter()
        standing = self._tally.standing(now)
        lines = [
            *self._rows(standing, now, columns - 1, height),
            self._bar(standing, columns - 1),
            _counts(standing, columns - 1),
        ]
        for line in lines:
            line.no_wrap = True
            line.truncate(columns - 1, overflow="ellipsis")
        return Group(*lines)

    def _rows(self, standing: Standing, now: float, columns: int, height: int) -> Iterable[Text]:
        room = max(1, min(_MOST, height - _REST))
        rows = standing.rows
        shown = rows if len(rows) <= room else rows[: room - 1]
        # The times stand behind the widest label so far: near, for what does not reach the edge survives when the
        # window becomes narrower, and only ever further, for they are not to jump.
        labels = [width(one_line(running.label)) for running in shown if running is not None]
        self._column = max(self._column, *labels, 0)
        for running in shown:
            yield _row(running, now, columns, self._column)
        if len(shown) < len(rows):
            more = sum(running is not None for running in rows[len(shown) :])
            yield Text(f"  and {more} more", style="dim")

    def _bar(self, standing: Standing, columns: int) -> Text:
        told = f" {standing.done:,}/{standing.total:,}"
        name = shortened(self._name, columns // 3)
        cells = max(3, min(_CELLS, columns - len(told) - width(name) - 2))
        full = cells * standing.done // standing.total if standing.total else cells
        mark, rest = ("━", "─") if self._console.encoding.lower().startswith("utf") else ("#", ".")
        style = "red" if standing.failed else "green"
        return Text.assemble((f"{name} ", "bold"), (mark * full, style), (rest * (cells - full), "dim"), told)


def _counts(standing: Standing, columns: int) -> Text:
    """Return the counts. Where there is no room for all, the rate goes first, then what did not run."""
    must = [Text(f"{standing.failed:,} failed", style="red")] if standing.failed else []
    must.append(Text(f"{sum(row is not None for row in standing.rows)} running"))
    other = [
        Text(f"{number:,} {state.value}")
        for state, number in standing.ended.items()
        if state.value in {"skipped", "cancelled"}
    ]
    rate = [] if standing.rate is None else [Text(f"{standing.rate:,.1f}/s")]
    eta = [] if standing.eta is None else [Text(f"ETA {clock(standing.eta)}")]
    for parts in ([*must, *other, *rate, *eta], [*must, *other, *eta], [*must, *eta]):
        text = Text(", ").join(parts)
        if text.cell_len <= columns:
            break
    return text


def _row(running: Running | None, now: float, columns: int, column: int) -> Text:
    if running is None:
        return Text("  -", style="dim")
    told = clock(max(0.0, now - running.since))
    if running.limit is not None:
        told = f"{told} / {clock(running.limit)}"
    label = Text(f"  {one_line(running.label)}")
    label.truncate(max(1, min(column + 2, columns - len(told) - 2)), overflow="ellipsis", pad=True)
    return Text.assemble(label, "  ", (told, "cyan"))
