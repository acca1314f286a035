"""The run's ends of what leads to one worker: requests, results, output, stacks, and the shared slate."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from select import POLLIN, poll
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Final
from weakref import WeakSet

from concurra_core.backends.aside import out_of_the_way
from concurra_core.backends.worker import wire
from concurra_core.backends.worker.slate import SIZE, Slate

_everybody: Final[WeakSet[Pipes]] = WeakSet()
_CHUNK: Final = 1 << 16
_WIDE: Final = 1 << 20  # bytes that a pipe of results holds, where the system allows it


class Pipes:
    """Open everything that a worker is connected by; nothing blocks.

    Args:
        selector: what the supervisor waits on; its keys carry callables without arguments.
        heard: called with a message of the worker: tag, main part, buffers.
        said: called with whole lines of output: 1 or 2, and the bytes.

    Raises:
        OSError: the system gives no descriptor.
    """

    def __init__(
        self,
        selector: BaseSelector,
        heard: Callable[[int, bytearray, list[bytearray]], object],
        said: Callable[[int, bytes], object],
    ) -> None:
        self._selector = selector
        self._heard = heard
        self._said = said
        self._open: list[int] = []
        self._listening: set[int] = set()
        self._far: list[int] = []
        self._outgoing: list[memoryview] = []
        self._partial = {1: b"", 2: b""}
        self.stack = b""
        _everybody.add(self)
        try:
            self._connect()
        except BaseException:
            self.close()
            raise
        self._inbox = wire.Inbox(self._results)

    def _connect(self) -> None:
        far, self._requests = self._pipe()
        self._far = [far]
        self._results, far = self._pipe()
        self._far.append(far)
        with suppress(OSError, AttributeError):
            fcntl.fcntl(self._results, fcntl.F_SETPIPE_SZ, _WIDE)
        memory = out_of_the_way(_memory())
        self._open.append(memory)
        self.slate = Slate(memory)
        self._far.append(memory)
        self._streams = {}
        for number in (1, 2):
            near, far = self._pipe()
            self._streams[number] = near
            self._far.append(far)
        self._stacks, far = self._pipe()
        self._far.append(far)
        for near in (self._requests, self._results, *self._streams.values(), self._stacks):
            os.set_blocking(near, False)
        self._listen(self._results, self._hear)
        self._listen(self._stacks, self._read_stack)
        for number in self._streams:
            self._listen(self._streams[number], lambda number=number: self._read_stream(number))  # type: ignore[misc] # mypy: a lambda with a default
        self._talk = poll()  # to ask both at once: most tasks write nothing
        for near in self._streams.values():
            self._talk.register(near, POLLIN)

    @property
    def descriptors(self) -> list[int]:
        """All that is open here."""
        return self._open

    @property
    def far(self) -> list[int]:
        """The worker's ends, in the order that it expects."""
        return self._far

    def hand_over(self) -> None:
        """Let go of the worker's ends: it has them."""
        for number in self._far:
            self._open.remove(number)
            os.close(number)
        self._far = []

    def send(self, tag: int, main: bytes, buffers: list[memoryview]) -> None:
        """Send a message, or as much of it as goes now; the rest follows by itself."""
        waiting = bool(self._outgoing)
        self._outgoing += wire.parts(tag, main, buffers)
        if not waiting:
            self._flush()
            if self._outgoing:
                self._selector.register(self._requests, EVENT_WRITE, self._flush_rest)

    def hang_up(self) -> None:
        """Let the worker read the end of file: there is no more work for it."""
        if self._requests in self._open:
            if self._outgoing:
                self._selector.unregister(self._requests)
                self._outgoing = []
            self._open.remove(self._requests)
            os.close(self._requests)

    def read(self) -> None:
        """Take the messages that have come in whole."""
        self._read_messages(wire.GARBLED)

    def _hear(self) -> None:
        """Take them up to the next ring: mostly the last there is, and if not, the selector calls again."""
        self._read_messages(wire.RING)

    def _read_messages(self, last: int) -> None:
        if self._results not in self._listening:
            return
        try:
            while (message := self._inbox.read()) is not None:
                tag = message[0]
                self._heard(*message)
                if tag == wire.GARBLED:  # where the next message begins, nobody can tell
                    break
                if tag == last:
                    return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._unlisten(self._results)

    def listen_to_output(self) -> None:
        """Take what the worker has written until now."""
        if self._talk.poll(0):
            for number in self._streams:
                self._read_stream(number)

    def last_words(self) -> None:
        """Take all that is left to read of a worker that has ended, an unfinished line too."""
        self.read()
        self.listen_to_output()
        self._read_stack()
        for number, rest in self._partial.items():
            if rest:
                self._said(number, rest)
        self._partial = {1: b"", 2: b""}

    def close(self) -> None:
        """Let go of everything."""
        self.hang_up() if hasattr(self, "_requests") else None
        for number in tuple(self._listening):
            self._unlisten(number)
        for number in self._open:
            os.close(number)
        self._open = []
        if hasattr(self, "slate"):
            self.slate.close()

    def _pipe(self) -> tuple[int, int]:
        near, far = (out_of_the_way(end) for end in os.pipe())
        self._open += (near, far)
        return near, far

    def _flush(self) -> None:
        try:
            while self._outgoing:
                wire.write_some(self._requests, self._outgoing)
        except BlockingIOError:
            return
        except OSError:  # it has died: its end is told by other means
            self._outgoing = []

    def _flush_rest(self) -> None:
        if self._requests not in self._open:  # hung up since the selector saw that there is room
            return
        self._flush()
        if not self._outgoing:
            self._selector.unregister(self._requests)

    def _read_stream(self, number: int) -> None:
        fd = self._streams[number]
        while fd in self._listening:
            try:
                data = os.read(fd, _CHUNK)
            except OSError:
                return
            if not data:
                self._unlisten(fd)
                return
            lines, end, rest = (self._partial[number] + data).rpartition(b"\n")
            self._partial[number] = rest
            if end:
                self._said(number, lines + end)

    def _read_stack(self) -> None:
        while self._stacks in self._listening:
            try:
                data = os.read(self._stacks, _CHUNK)
            except OSError:
                return
            if not data:
                self._unlisten(self._stacks)
            self.stack += data

    def _listen(self, fd: int, call: Callable[[], object]) -> None:
        self._selector.register(fd, EVENT_READ, call)
        self._listening.add(fd)

    def _unlisten(self, fd: int) -> None:
        self._selector.unregister(fd)
        self._listening.discard(fd)


def everybodys() -> set[int]:
    """Return the descriptors of all that is connected to workers in this program, whatever run it belongs to."""
    return {number for pipes in list(_everybody) for number in pipes.descriptors}


def _memory() -> int:
    """Return memory that can be handed to another process, and has no name."""
    try:
        fd = os.memfd_create("concurra", os.MFD_CLOEXEC)
    except AttributeError:  # not Linux
        import tempfile

        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, SIZE)
    return fd
