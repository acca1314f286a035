"""What stands in the place of the standard streams: what a task writes can be taken from it, the rest passes."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Final, Protocol, TextIO, TypeAlias
from weakref import WeakSet

from concurra_core import LifecycleError, current_task

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Who: TypeAlias = tuple[str, Hashable]  # a task: the id of its run, and its label


class Taker(Protocol):
    """What is given what tasks write, on their threads."""

    drops: bool  # whether it lets nothing through; such a one is asked in a forked child too

    def write(self, who: Who, piece: str | bytes, stream: Routed, /) -> None: ...

    def flush(self, who: Who, stream: Routed, /) -> None: ...


class Routed(io.TextIOBase):
    """Stands in the place of a stream, from before any code of the user's is loaded: that may hold on to it.

    Args:
        stream: where everything goes that has no taker or is by no task.
        again: makes the stream anew, in a forked child: at the fork, another thread may have held a lock of it.
    """

    def __init__(self, stream: TextIO, again: Callable[[], TextIO]) -> None:
        self.stream = stream
        self.taker: Taker | None = None
        self._again = again
        self._bytes = _Bytes(self)
        _all.add(self)

    def write(self, text: str, /) -> int:
        found = self.task()
        if found is None:
            return self.stream.write(text)
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        taker, who = found
        taker.write(who, text, self)
        return len(text)

    def flush(self) -> None:
        found = self.task()
        if found is None:
            self.stream.flush()
        else:
            taker, who = found
            taker.flush(who, self)

    def task(self) -> tuple[Taker, Who] | None:
        """Return who takes what is written now, and the task that writes it; None if it is to pass."""
        taker = self.taker
        if taker is None:
            return None
        try:
            task = current_task()
        except LifecycleError:
            return None
        return taker, (task.run_id, task.label)

    def through(self, piece: str | bytes) -> None:
        """Write *piece* to the stream itself."""
        if isinstance(piece, str):
            self.stream.write(piece)
            return
        self.stream.flush()  # what was written before comes before
        self.stream.buffer.write(piece)
        self.stream.buffer.flush()

    def renew(self) -> None:
        """Begin in a forked child: nobody there collects what tasks of the parent write."""
        if self.taker is not None and not self.taker.drops:
            self.taker = None
        _left.append(self.stream)
        self.stream = self._again()

    def close(self) -> None:
        """Leave the stream open: it is not this one's."""

    def detach(self) -> io.BufferedIOBase:  # type: ignore[override] # the stub wants a class that takes bytes only
        """Return the bytes of this stream, for those who want another encoding; it stays as it is."""
        return self._bytes

    def isatty(self) -> bool:
        return self.stream.isatty()

    def fileno(self) -> int:
        return self.stream.fileno()

    def writable(self) -> bool:
        return True

    @property
    def buffer(self) -> io.BufferedIOBase:
        return self._bytes

    @property
    def encoding(self) -> str:  # type: ignore[override] # the stub has an attribute
        return self.stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override] # as above
        return self.stream.errors

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)  # whatever else a program asks of its standard streams


class _Bytes(io.BufferedIOBase):
    """The buffer of *routed*."""

    def __init__(self, routed: Routed) -> None:
        self._routed = routed

    def write(self, data: ReadableBuffer, /) -> int:
        found = self._routed.task()
        if found is None:
            return self._routed.stream.buffer.write(data)
        piece = bytes(data)
        taker, who = found
        taker.write(who, piece, self._routed)
        return len(piece)

    def flush(self) -> None:
        self._routed.flush()

    def close(self) -> None:
        """As above; a stream that somebody made of these bytes closes them when it goes."""

    def isatty(self) -> bool:
        return self._routed.isatty()

    def fileno(self) -> int:
        return self._routed.fileno()

    def writable(self) -> bool:
        return True

    def __getattr__(self, name: str) -> object:
        return getattr(self._routed.stream.buffer, name)


_all: Final[WeakSet[Routed]] = WeakSet()
_left: Final[
    list[TextIO]
] = []  # of the parent; a stream that goes is flushed, and its lock may be held for ever


def _renew_all() -> None:
    for routed in _all:
        routed.renew()


os.register_at_fork(after_in_child=_renew_all)
