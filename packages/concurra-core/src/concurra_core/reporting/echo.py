"""What tasks say in other processes: their output goes to this program's streams, their log records to its loggers."""

from __future__ import annotations

import logging
import sys
from pickle import loads
from typing import Final, TextIO

import attrs

from concurra_core.model.notes import Note, NoteKind
from concurra_core.model.outcome import describe
from concurra_core.reporting.log import LogOut

_STREAMS: Final = {1: "stdout", 2: "stderr"}


@attrs.define(eq=False)
class Echo:
    """Write what was said, whole lines at a time; a stream that cannot be written to is reported once.

    Args:
        log: where that is reported.
    """

    log: LogOut
    _broken: set[int] = attrs.field(factory=set)

    def __call__(self, note: Note) -> None:
        """Pass on what *note* holds, if it is somebody's word."""
        kind, _, _, detail = note
        if kind is NoteKind.SAID and isinstance(detail, tuple):
            self._say(*detail)
        elif kind is NoteKind.LOGGED and isinstance(detail, bytes):
            handle(detail)

    def _say(self, number: int, data: bytes) -> None:
        # The streams of this moment: a test or a notebook may have put others in their place.
        stream: TextIO | None = getattr(sys, _STREAMS[number])
        if stream is None or number in self._broken:
            return
        try:
            stream.write(data.decode(getattr(stream, "encoding", None) or "utf-8", "replace"))
            stream.flush()
        except Exception as error:  # noqa: BLE001 - a user's stream may raise anything
            self._broken.add(number)
            text = f"what tasks write to {_STREAMS[number]} is lost: it raised {describe(error)}"
            self.log.write(logging.ERROR, text)


def handle(fields: bytes) -> None:
    """Have a log record that was made in another process handled as one that was made here."""
    record = logging.makeLogRecord(loads(fields))  # noqa: S301 - from a process of this run
    logger = logging.getLogger(record.name)
    if logger.isEnabledFor(record.levelno):
        logger.handle(record)
