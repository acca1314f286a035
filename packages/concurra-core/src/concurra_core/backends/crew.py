"""One worker process as the run sees it: what it was handed, what it has ended, what it is in now."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from concurra_core.backends.batch import Batch, Running
from concurra_core.backends.ending import Ending
from concurra_core.backends.parcels import Packer
from concurra_core.backends.pipes import Pipes
from concurra_core.backends.unpacking import lost_result, result_of
from concurra_core.backends.worker import wire
from concurra_core.backends.worker.columns import Columns
from concurra_core.backends.worker.slate import (
    ASK,
    BETWEEN,
    DONE,
    KIND,
    LENGTH,
    MOST,
    NUMBER,
    PIPED,
    PLACE,
    PREPARING,
    RETURNING,
    SENT,
    UNRUN,
    arena,
    count_word,
    recall_word,
    table,
)
from concurra_core.model.task import Report, Task

_PICKLE_PROTOCOL: Final = 5
_AT_ONCE: Final = 2  # batches on the slate


class Worker:
    """The books of one worker. Its batches are worked off in order, and hold only what has not been reported.

    Nothing that it is sent while *brake* is set begins.

    What a supervisor writes down of it: *ready*, it has said that it is; *ready_by*, when it has to be; *rang*, there
    is something to read; *served*, it has begun a task; *mute*, something else wrote into its pipe of results;
    *garbled*, into its slate; *orphan*, its template has died before it; *resting*, it holds no slot; *retired*, it gets
    no more work; *exited*, it has ended; *burying*, and is being buried; *dismissed*, its pipes are closed; *victim*, the
    attempt that it is ended for, with *grace* (seconds), first asked for its stack until *dump_until*, then by *ending*,
    or as *wanted* says once its pid is known; *handed_at*, when it was handed something last; *look_at*, when to look at
    it unasked. All moments are seconds on the run's clock.
    """

    def __init__(self, pipes: Pipes, brake: threading.Event) -> None:
        self.pipes = pipes
        self._brake = brake
        self.pid = 0
        self.handle: int | None = None  # pidfd
        self.ready = False
        self.ready_by: float | None = None
        self.rang = self.served = False
        self.exited = False
        self.burying = False
        self.orphan = False
        self.resting = False
        self.retired = self.dismissed = False
        self.mute = self.garbled = False
        self.victim: tuple[Task, int] | None = None
        self.ending: Ending | None = None
        self.wanted: Callable[[], object] | None = None
        self.grace = 0.0
        self.handed_at = 0.0
        self.dumped = 0  # bytes of stack that have come
        self.dump_until: float | None = None
        self.look_at: float | None = None
        self.batches: deque[Batch] = deque()
        # Results that had no room on the slate, by the sequence numbers of their tasks.
        self.piped: dict[int, tuple[bytearray, list[bytearray]]] = {}
        self.handed = 0  # tasks ever sent
        self.returned = 0  # of these, how many were taken back
        self._known: set[int] = set()
        self._number = 0
        self._seen = -1

    @property
    def holds(self) -> bool:
        """Whether there is a task that it has not ended. A batch that was recalled is in its way all the same."""
        return any(batch.left for batch in self.batches)

    @property
    def cut(self) -> bool:
        """Whether what waited behind the task it is in was taken back: others are to begin that first."""
        return any(batch.left and batch.end < len(batch.tasks) for batch in self.batches)

    @property
    def left(self) -> int:
        """How many tasks there are that it has not ended, as far as is known."""
        return sum(batch.left for batch in self.batches)

    @property
    def takes(self) -> bool:
        """Whether it can be sent a batch: the slate has room for two that it has not passed."""
        return len(self.batches) < _AT_ONCE

    @property
    def hides(self) -> bool:
        """Whether something may have ended here without a sign: the last task of a batch gives one, if it can."""
        return self.mute or any(len(batch.tasks) > 1 for batch in self.batches)

    def held(self) -> list[Task]:
        """Return the tasks that it has not ended, in the order of its work."""
        return [task for batch in self.batches for task, _ in batch.tasks[batch.read : batch.end]]

    def upcoming(self) -> Task | None:
        """Return the first of the tasks that it has not ended."""
        return next((batch.tasks[batch.read][0] for batch in self.batches if batch.read < batch.end), None)

    def freeze(self) -> None:
        """Have it begin nothing more of what it holds; `recall` tells what that is. From any thread."""
        with suppress(ValueError):  # it has ended, and its slate is closed
            for half in (0, 1):
                self.pipes.slate.words[recall_word(half)] = 0

    def keeps_others_waiting(self) -> bool:
        """Return whether something waits here that could run elsewhere: it waits for nothing that is here too."""
        held = self.held()
        here = {task.index for task in held}
        return any(here.isdisjoint(task.needs) for task in held[self.running() is not None :])

    def line(self) -> dict[int, int]:
        """Return the sequence numbers of what it has not ended, by index."""
        return {
            task.index: batch.first + place
            for batch in self.batches
            for place, (task, _) in enumerate(batch.tasks[batch.read : batch.end], batch.read)
        }

    def send(
        self,
        tasks: Sequence[tuple[Task, int]],
        columns: Columns,
        buffers: list[memoryview],
        packer: Packer,
        manner: tuple[bool, float, bool],
    ) -> None:
        """Send *tasks*, packed in *columns*, as one batch, to be worked off in that *manner*: see `batch.Runner.run`.

        At most two batches are on the way at a time.
        """
        self._number += 1
        number, half = self._number, self._number & 1
        self.pipes.slate.words[recall_word(half)] = MOST
        if self._brake.is_set():
            self.freeze()
        self.pipes.slate.words[SENT] = number
        fresh = set(columns.calls) - self._known
        fresh.discard(-1)
        self._known |= fresh
        pickles = {function: packer.pickle_of(function) for function in fresh}
        batch = Batch(number, self.handed, tasks, len(tasks), arena(half))
        self.handed += len(tasks)
        self.batches.append(batch)
        message = (number, batch.first, pickles, columns.plain(), manner)
        self.pipes.send(wire.BATCH, _dumps(message), buffers)

    def collect(self) -> tuple[list[Report], list[tuple[Task, int]]]:
        """Return what has ended since the last time, and what of a batch that is over was not run."""
        reports: list[Report] = []
        unrun: list[tuple[Task, int]] = []
        while self.batches:
            batch = self.batches[0]
            number, place, over, _ = self._state()
            if number > self._number:  # a batch that was never sent: somebody wrote into the slate
                self.garbled = True
                break
            if number < batch.number:
                break
            if number > batch.number:  # it is in the next one: this one is over
                place, over = self.pipes.slate.words[count_word(batch.number & 1)], True
            self._read(batch, min(place, batch.end), reports, unrun)
            if not over:  # its half is free when the worker has passed it, and not before
                break
            # It may have stopped at a place that was recalled while it was there.
            unrun += batch.tasks[batch.read : batch.end]
            batch.read = batch.end
            self.batches.popleft()
        return reports, unrun

    def running(self) -> Running | None:
        """Return what it is in, None if that is no task. Call after `collect`."""
        if not self.batches:
            return None
        batch = self.batches[0]
        number, place, _, begun = self._state()
        if self.garbled:  # it was the first that has not been read, or one after it in the same breath
            number, place, begun = batch.number, batch.read, True
        if number != batch.number or not begun or place >= batch.end:
            return None
        task, attempt = batch.tasks[place]
        phase = self.pipes.slate.words[0] & (PREPARING | RETURNING)
        return Running(task, attempt, self.pipes.slate.moments[table(number & 1) + place], phase)

    def is_ahead_at(self, task: Task) -> bool:
        """Return whether, before *task*, which `running` says it is in, it has ended what `collect` has yet to say."""
        batch = self.batches[0]
        return batch.tasks[batch.read][0] is not task

    def moved(self) -> bool:
        """Return whether it got on since this was asked last."""
        state = self.pipes.slate.words[0]
        moved = state != self._seen
        self._seen = state
        return moved

    def will_ring(self) -> bool:
        """Have it ring before its next task; return False if it got on meanwhile, and may be in that already."""
        slate = self.pipes.slate
        slate.words[ASK] = 1
        slate.fence()
        return bool(slate.words[0] == self._seen)

    def recall(self) -> list[tuple[Task, int]]:
        """Take back all that it has not begun, and return it: none of that will begin. See `slate`."""
        taken: list[tuple[Task, int]] = []
        slate = self.pipes.slate
        for batch in self.batches:
            word = recall_word(batch.number & 1)
            number, place, _, begun = self._state()
            first = 0 if number < batch.number else place + begun
            if number > batch.number:
                continue
            # Lower, never higher: what was taken stays so.
            slate.words[word] = min(first, batch.end, slate.words[word])
            slate.fence()
            number, place, over, _ = self._state()
            if number == batch.number:
                # It may have looked just before: the place it is at now may be running.
                first = max(first, place + (not over))
            elif number > batch.number:
                continue
            taken += batch.tasks[first : batch.end]
            self.returned += max(0, batch.end - first)
            batch.end = min(first, batch.end)
        return taken

    def _state(self) -> tuple[int, int, bool, bool]:
        """Return the batch it is in, the place in that, whether the batch is over, and whether it is in a task."""
        state = self.pipes.slate.words[0]
        return state >> NUMBER, state & PLACE, bool(state & DONE), not state & (DONE | BETWEEN)

    def _read(self, batch: Batch, end: int, reports: list[Report], unrun: list[tuple[Task, int]]) -> None:
        """Add what the slate says of the places of *batch* up to *end* to *reports* and *unrun*."""
        if batch.read >= end:
            return
        half = table(batch.number & 1)
        slate = self.pipes.slate
        begun = slate.moments[half + batch.read : half + end].tolist()
        ended = slate.moments[half + MOST + batch.read : half + MOST + end].tolist()
        records = slate.words[half + 2 * MOST + batch.read : half + 2 * MOST + end].tolist()
        tasks = batch.tasks[batch.read : end]
        sequence = batch.first + batch.read - 1
        batch.read = end
        if any(record & PIPED for record in records):
            self.pipes.read()
        pid = self.pid or None
        for (task, attempt), began, over, record in zip(tasks, begun, ended, records, strict=True):
            sequence += 1
            piped = self.piped.pop(sequence, None) if self.piped else None
            if record == UNRUN:
                unrun.append((task, attempt))
                continue
            task.worker = pid
            if not record:
                reports.append((task, attempt, began, over, None, None))
            elif not record & PIPED:
                value, fault = result_of(record & KIND, self._next_on_slate(batch, record), [])
                reports.append((task, attempt, began, over, value, fault))
            elif piped is None:
                reports.append((task, attempt, began, over, None, lost_result()))
            else:
                value, fault = result_of(record & KIND & ~PIPED, *piped)
                reports.append((task, attempt, began, over, value, fault))

    def _next_on_slate(self, batch: Batch, record: int) -> bytes:
        """Return the bytes of what *record* is the record of, the next one of *batch*."""
        start = batch.cursor
        batch.cursor = start + (record >> LENGTH)
        # Copied: a view that an exception's traceback holds would keep the memory from being closed.
        return bytes(self.pipes.slate.bytes[start : batch.cursor])


def _dumps(value: object) -> bytes:
    from _pickle import dumps

    return dumps(value, _PICKLE_PROTOCOL)
