"""What the child of a fork has of its own: no thread is left there to let go of a lock, or to write what waits."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any, Final, TextIO, TypeVar
from weakref import WeakKeyDictionary

Heir = TypeVar("Heir")


def inherits(heir: Heir, forked: Callable[[Heir], None]) -> None:
    """Have *forked* called with *heir* in the child of each fork, for as long as that is there."""
    _heirs[heir] = forked


def own_stream(stream: TextIO) -> TextIO:
    """Return a stream of the child's own, which leads to where *stream* does.

    A thread of the parent may have been writing to *stream*: then its lock is never let go in the child, and what it
    holds is the parent's to write. Streams that do not lead straight to a descriptor stay as they are.
    """
    buffer = getattr(stream, "buffer", None)
    if type(stream) is not io.TextIOWrapper or stream.closed:
        return stream
    if not isinstance(buffer, io.BufferedWriter | io.BufferedRandom) or not isinstance(buffer.raw, io.FileIO):
        return stream
    return open(buffer.fileno(), "w", encoding=stream.encoding, errors=stream.errors, closefd=False)


_heirs: Final[WeakKeyDictionary[Any, Callable[[Any], None]]] = (
    WeakKeyDictionary()
)  # Any: each has its own kind


def _tell() -> None:
    for heir, forked in list(_heirs.items()):
        forked(heir)


os.register_at_fork(after_in_child=_tell)
