"""Messages between a run and its workers: a head, a main part, and buffers that are not copied into it. Child-safe.

head    tag, number of buffers, length of the main part
sizes   8 bytes a buffer
main    mostly a pickle
buffers as they lie in memory: large arrays travel without a copy (pickle protocol 5, PEP 574)
"""

from __future__ import annotations

import posix
from _struct import Struct

# Tags. RING has neither main part nor buffers: look at the slate. They are no small numbers, so that what a task may
# have written into a pipe that is not its own is not taken for a message.
_FIRST = 0x9E3779B0
RING, BATCH, RESULT, LOG, BROKEN, GARBLED = range(_FIRST, _FIRST + 6)

HEAD = Struct("<IIQ")
_SIZE = Struct("<Q")
_SMALL = 1 << 14  # bytes that are cheaper to copy than to write apart
_PARTS = 512  # of a message in one call; the system takes 1,024


def parts(tag: int, main: bytes, buffers: list[memoryview]) -> list[memoryview]:
    """Return the pieces of a message, to be written one after the other."""
    head = HEAD.pack(tag, len(buffers), len(main)) + b"".join(
        [_SIZE.pack(buffer.nbytes) for buffer in buffers]
    )
    if len(main) < _SMALL:
        return [memoryview(head + main), *buffers]
    return [memoryview(head), memoryview(main), *buffers]


def write_some(fd: int, pieces: list[memoryview]) -> None:
    """Write as much of *pieces* as *fd* takes, and take what was written out of the list.

    Raises:
        BlockingIOError: it takes nothing now.
        OSError: nobody reads any more.
    """
    written = posix.writev(fd, pieces[:_PARTS])
    done = 0
    for piece in pieces:
        if piece.nbytes > written:
            break
        written -= piece.nbytes
        done += 1
    del pieces[:done]
    if written:
        pieces[0] = pieces[0][written:]


def write_all(fd: int, pieces: list[memoryview]) -> None:
    """Write *pieces* to *fd*, however long that takes; what a signal handler raises comes out when all is written.

    Raises:
        OSError: nobody reads any more.
    """
    written: list[int] = []
    try:
        _write_rest(fd, pieces, written)
    except (
        BaseException
    ):  # half a message would garble all that come after it; a handler may raise OSErrors too
        _write_rest(fd, pieces, written)
        raise


def _write_rest(fd: int, pieces: list[memoryview], written: list[int]) -> None:
    """Write of *pieces* what comes after the bytes that *written* counts."""
    while left := _after(sum(written), pieces):
        # All in C: no handler runs between the call and the note of what it has written.
        written.extend(map(posix.writev, (fd,), (left[:_PARTS],)))


def _after(done: int, pieces: list[memoryview]) -> list[memoryview]:
    left = []
    for piece in pieces:
        if piece.nbytes > done:
            left.append(piece[done:] if done else piece)
        done = max(0, done - piece.nbytes)
    return left


class Inbox:
    """Put messages together from what a descriptor has to give; blocking or not is the descriptor's matter."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._head = bytearray(HEAD.size)
        self._wanted = [self._head]
        self._place = self._filled = self._stage = 0
        self._tag = self._length = 0

    def read(self) -> tuple[int, bytearray, list[bytearray]] | None:
        """Return the next message, None at the end of file; one tagged `GARBLED` where there is something else.

        Raises:
            BlockingIOError: it is not complete yet; call again.
        """
        while True:
            while self._place < len(self._wanted):
                target = self._wanted[self._place]
                if self._filled < len(target):
                    got = posix.readv(self._fd, [memoryview(target)[self._filled :]])
                    if not got:
                        return None
                    self._filled += got
                if self._filled == len(target):
                    self._place += 1
                    self._filled = 0
            if self._complete():
                message = self._tag, self._wanted[0], self._wanted[1:]
                self._start()
                return message

    def _start(self) -> None:
        self._wanted = [self._head]
        self._place = self._filled = self._stage = 0

    def _complete(self) -> bool:
        """Go from the head to the sizes to the rest; return whether that was the rest."""
        if self._stage == 0:
            self._tag, count, self._length = HEAD.unpack(self._head)
            if not _FIRST <= self._tag < GARBLED:
                self._tag, self._wanted = GARBLED, [bytearray()]
                return True
            self._place = self._filled = 0
            if not count:  # most have no buffers, and a ring has nothing at all
                self._wanted, self._stage = [bytearray(self._length)], 2
                return not self._length
            self._wanted = [bytearray(_SIZE.size * count)]
        elif self._stage == 1:
            sizes = [size for (size,) in _SIZE.iter_unpack(self._wanted[0])]
            self._wanted = [bytearray(size) for size in (self._length, *sizes)]
        else:
            return True
        self._stage += 1
        self._place = self._filled = 0
        return False
