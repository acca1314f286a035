"""The memory that a run shares with one worker: who runs what since when, and small results. Child-safe.

A worker's whole report on a task is a few stores into this memory. So what a worker has ended is known, and not
lost, also when it dies in the middle of the next task; and the run knows when a task began without being told.

    words 0..15     0: state   1, 2: recall, one a half   3, 4: how many were run in the end, one a half
                    5: the number of the worker's process, once there is one
                    6: not 0 if the run looks no more, so that the worker has to ring before its next task
                    7: the number of the batch that was sent last
    half 0, half 1  for each place in a batch: begun, ended (seconds), record (kind | length << 8)
    arena 0, 1      the bytes of the results, one after the other

Batches use the halves in turn. A batch is sent when the last but one has been read, so its half is free.

Recalling a task needs no answer from a worker that is busy with another. It is Dekker's rule, of two at least one sees
the other: the worker writes the place it is about to begin, then looks at the recall; the run writes the recall,
then looks at the place. Between the two both pass a fence. So it is with the ring that the run asks for.
"""

from __future__ import annotations

import _thread
import mmap

MOST = 256  # tasks in a batch
ROOM = 1 << 18  # bytes of results in a half

NOTHING, VALUE, RAISED, UNRUN, PIPED = 0, 1, 2, 3, 4  # kinds of a record; PIPED is added to VALUE or RAISED
KIND = 7  # the bits of a record that are its kind
LENGTH = 8  # the rest of it, shifted by this, is the length of its bytes
DONE = 1 << 15  # in the state: the batch is over, and the place is how many of it were run
BETWEEN = 1 << 14  # in the state: the task at the place has not begun
PREPARING = 1 << 13  # in the state: the task at the place is being unpickled, which may import a lot
RETURNING = 1 << 12  # in the state: the call is over, and what it returned is being packed and sent
PLACE = RETURNING - 1
NUMBER = 16  # the state is the batch's number, shifted by this, and the place

PID = 5
ASK = 6
SENT = 7
_WORDS = 16
_HALF = 3 * MOST
_ARENA = 8 * (_WORDS + 2 * _HALF)
SIZE = _ARENA + 2 * ROOM
_BLANK = memoryview(bytes(8 * MOST)).cast("q")


class Slate:
    """The shared memory behind descriptor *fd*. *words* and *moments* are the same memory, as int and as float."""

    def __init__(self, fd: int) -> None:
        self._memory = mmap.mmap(fd, SIZE)
        self.bytes = memoryview(self._memory)
        self.words = self.bytes.cast("q")
        self.moments = self.bytes.cast("d")
        lock = _thread.allocate_lock()
        self._open, self._shut = lock.release, lock.acquire
        self._shut()

    def fence(self) -> None:
        """Have every store before this seen before any load after it: both ends of a lock are such a barrier."""
        self._open()
        self._shut()

    def clear_records(self, half: int, count: int) -> None:
        """Have the first *count* records of *half* say that nothing came of the tasks: what most of them will say."""
        records = table(half) + 2 * MOST
        self.words[records : records + count] = _BLANK[:count]

    def close(self) -> None:
        """Let go of the memory."""
        self.words.release()
        self.moments.release()
        self.bytes.release()
        self._memory.close()


def recall_word(half: int) -> int:
    """Return which word says from which place on the batch in *half* is recalled."""
    return 1 + half


def count_word(half: int) -> int:
    """Return which word says how many tasks of the batch in *half* were run when it was over."""
    return 3 + half


def table(half: int) -> int:
    """Return the word where the begun stamps of *half* start; ended stamps and records follow, `MOST` apart."""
    return _WORDS + _HALF * half


def arena(half: int) -> int:
    """Return the byte where the results of *half* start."""
    return _ARENA + ROOM * half
