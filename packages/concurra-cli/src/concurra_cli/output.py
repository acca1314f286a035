"""What tasks write, kept apart by the task that wrote it."""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable, Iterable, Sequence
from contextlib import suppress
from itertools import groupby
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from concurra_core import TaskEnded

from concurra_cli.streams import Routed, Who
from concurra_cli.tally import FAILURES

if TYPE_CHECKING:
    from concurra_cli.spool import Spool

STREAM: Final = "stream"
NONE: Final = "none"


class TaskOutput:
    """While entered, what tasks on threads and coroutines write to the standard streams is told by the task.

    Worker processes and commands write to a spool, unless everything comes as it is written. What nobody can tell the
    task of goes where it always goes: that of threads and programs that a task starts, of runs within a task, of a
    task that has ended already, of a forked child.

    Args:
        mode: "group" keeps it until the task ends, "failed" drops it then if the task did not fail, "none" drops it
            all, and whatever else comes on descriptor 1; "stream" keeps nothing but the start of a line, so that lines
            of several tasks stay whole.
        routes: what stands for the standard streams.
        spool: where worker processes and commands write; None where everything comes as it is written.
    """

    def __init__(self, mode: str, routes: Sequence[Routed], spool: Spool | None = None) -> None:
        self.mode = mode
        self.drops = mode == NONE
        self._routes = routes
        self._spool = spool
        self._lock = threading.RLock()  # what goes while a piece is taken may write of it, such as a warning
        self._run_id: str | None = (
            None  # not known before the run has told it; until then, everything is kept
        )
        self._kept: dict[Who, list[str | bytes]] = {}
        self._ended: set[Hashable] = set()  # labels: what these still write comes as it is written
        self._over = False
        self._lines: dict[tuple[Who, int], str] = {}  # that have no end yet, by the task and the stream
        self._descriptor: int | None = None  # what 1 was before

    def __enter__(self) -> Self:
        if self.drops:
            self._flush()
            self._descriptor = os.dup(1)
            _lead(os.open(os.devnull, os.O_WRONLY))
        for routed in self._routes:
            routed.taker = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for routed in self._routes:
            routed.taker = None
        if self._descriptor is not None:
            self._flush()
            _lead(self._descriptor)

    def _flush(self) -> None:
        for routed in self._routes:
            with suppress(OSError, ValueError):  # as on a full disk; closed by the user's code
                routed.stream.flush()

    def write(self, who: Who, piece: str | bytes, stream: Routed, /) -> None:
        """Take *piece*, which the task *who* wrote to *stream*."""
        if self.drops:
            return
        with self._lock:
            if self._is_kept(who):
                self._kept.setdefault(who, []).append(piece)
            else:
                self._pass(who, piece, stream)

    def flush(self, who: Who, stream: Routed, /) -> None:
        """Write the start of a line that *who* wrote to *stream*: somebody wants to see it now."""
        if self.drops:
            return
        with self._lock:
            start = self._lines.pop((who, id(stream)), "")
            if start:
                stream.through(start)
        stream.stream.flush()

    def _is_kept(self, who: Who) -> bool:
        run_id, label = who
        return (
            self.mode != STREAM
            and not self._over
            and (self._run_id is None or (run_id == self._run_id and label not in self._ended))
        )

    def _pass(self, who: Who, piece: str | bytes, stream: Routed) -> None:
        start = self._lines.pop((who, id(stream)), "")
        if isinstance(piece, bytes) or self._over:
            if start:
                stream.through(start)
            stream.through(piece)
            return
        lines, newline, rest = f"{start}{piece}".rpartition("\n")
        if rest:
            self._lines[who, id(stream)] = rest
        if newline:
            stream.through(f"{lines}\n")

    def began(self, run_id: str) -> None:
        """Take only what tasks of the run *run_id* write, from now on; pass on what others have written."""
        with self._lock:
            self._run_id = run_id
            for who in [who for who in self._kept if who[0] != run_id]:
                for piece in self._kept.pop(who):
                    self._pass(who, piece, self._routes[-1])

    def taken(self, event: TaskEnded) -> str:
        """Return what is to be shown of what the task has written that ended."""
        who = event.run_id, event.label
        with self._lock:
            self._ended.add(event.label)
            text = self._text(self._kept.pop(who, ()))
            if self._lines:
                for routed in self._routes:
                    text += self._lines.pop((who, id(routed)), "")
        if self._spool is not None:
            text += self._spool.taken(event)
        return text if self.mode != "failed" or event.status in FAILURES else ""

    def rest(self) -> str:
        """Return what is to be shown at the end: what was kept, and no task is known to have written.

        What tasks write from now on comes as they write it.
        """
        with self._lock:
            self._over = True
            parts = [*map(self._text, self._kept.values()), *self._lines.values()]
            self._kept.clear()
            self._lines.clear()
        if self._spool is not None and self.mode == "group":
            parts.append(self._spool.rest())
        return "\n".join(part.removesuffix("\n") for part in parts if part)

    def _text(self, pieces: Iterable[str | bytes]) -> str:
        """Return *pieces* as text; a character may have come in two pieces of bytes."""
        text = ""
        for is_bytes, run in groupby(pieces, lambda piece: isinstance(piece, bytes)):
            if is_bytes:
                text += b"".join(run).decode(self._routes[-1].encoding, "replace")  # type: ignore[arg-type] # bytes, all of them
            else:
                text += "".join(run)  # type: ignore[arg-type] # text, all of it
        return text


def _lead(descriptor: int) -> None:
    """Make 1 a duplicate of *descriptor*, and close that."""
    os.dup2(descriptor, 1)
    os.close(descriptor)
