"""A worker's work: run the tasks of a batch one after the other, and put down what became of each. Child-safe."""

from __future__ import annotations

import os
from time import perf_counter

from concurra_core.backends.worker import slate as layout
from concurra_core.backends.worker.blame import blame, transfer
from concurra_core.backends.worker.cargo import PackError, pack, unpack
from concurra_core.backends.worker.slate import BETWEEN, DONE, MOST, NOTHING, NUMBER, PIPED, RAISED, ROOM, UNRUN, VALUE
from concurra_core.backends.worker.wire import RESULT

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from concurra_core.backends.worker.slate import Slate
    from concurra_core.backends.worker.surroundings import Surroundings

    # number of the function or -1, pickle of the arguments or None, how many buffers belong to it,
    # label, attempt, limit in seconds or None, sequence numbers it waits for, places of results among its arguments
    Entry = tuple[
        int, bytes | None, int, object, int, float | None, Sequence[int], Sequence[tuple[int, int]]
    ]

# Seconds after which a worker says that there is something to read, if the batch goes on.
_PATIENCE = 0.002


class Current:
    """The task a worker is in: what `current_task()` asks for."""

    entry: Entry | None = None
    began = 0.0


class Runner:
    """Run batches.

    Args:
        slate: the memory shared with the run.
        send: sends a message: tag, main part, buffers.
        ring: has the run look at the slate.
        surroundings: what every task is to find.
    """

    def __init__(
        self,
        slate: Slate,
        send: Callable[[int, bytes, list[memoryview]], None],
        ring: Callable[[], None],
        surroundings: Surroundings,
    ) -> None:
        self._slate = slate
        self._send = send
        self._ring = ring
        self._surroundings = surroundings
        self._functions: dict[int, Callable[..., object]] = {}
        self._pickles: dict[int, bytes] = {}
        # Of the last two batches, by sequence number: where a value lies; None for what gave none here.
        self._places: dict[int, tuple[int, int] | None] = {}
        self._older: dict[int, tuple[int, int] | None] = {}
        self._child = False  # a task forked, and this is what came out of its call a second time
        self._rung = 0.0
        os.register_at_fork(after_in_child=self._mark_child)

    def run(
        self,
        number: int,
        first: int,
        pickles: dict[int, bytes],
        entries: Sequence[Entry],
        buffers: list[bytearray],
    ) -> None:
        """Run the batch *number*, whose first task has the sequence number *first*."""
        slate = self._slate
        words, moments = slate.words, slate.moments
        half = number & 1
        begun = layout.table(half)
        recall = layout.recall_word(half)
        base = number << NUMBER
        self._pickles.update(pickles)
        self._older, self._places = self._places, {}
        self._cursor = layout.arena(half)
        self._end = self._cursor + ROOM
        place = 0
        for entry in entries:
            now = perf_counter()
            moments[begun + place] = now
            words[0] = base | place
            slate.fence()
            if words[recall] <= place:
                break
            Current.began, Current.entry = now, entry
            record, ended = self._attempt(entry, buffers, first + place)
            Current.entry = None
            words[begun + 2 * MOST + place] = record
            moments[begun + MOST + place] = ended
            place += 1
            if ended - now > _PATIENCE or ended - self._rung > _PATIENCE:
                words[0] = base | BETWEEN | place
                self._rung = ended
                if place < len(entries):
                    self._ring()
        words[layout.count_word(half)] = place
        words[0] = base | DONE | place
        self._rung = perf_counter()
        self._ring()

    def _attempt(self, entry: Entry, buffers: list[bytearray], sequence: int) -> tuple[int, float]:
        """Run one task; return its record and when it ended."""
        number, payload, count, _, _, _, needs, wires = entry
        mine = buffers[:count]
        del buffers[:count]
        if needs and not self._have(needs, wires):
            self._places[sequence] = None
            return UNRUN, perf_counter()
        try:
            function = self._functions.get(number)
            if function is None:
                function, args, kwargs = self._load(number, payload, mine)
            elif payload is None:
                args, kwargs = (), None
            else:
                args, kwargs = self._arguments(payload, mine)
            if wires:
                args = self._wired(args, wires)
            value = function(*args) if kwargs is None else function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is that task's failure
            ended = perf_counter()
            self._leave_if_child(1)
            record = self._put(RAISED, blame(error, 1), [])
            self._places[sequence] = None
        else:
            ended = perf_counter()
            self._leave_if_child(0)
            record = self._return(value, sequence)
        self._surroundings.restore(ended - Current.began)
        return record, ended

    def _return(self, value: object, sequence: int) -> int:
        """Put down what a task returned."""
        if value is None:
            self._places[sequence] = (0, 0)
            return NOTHING
        try:
            data, buffers = pack(value)
        except PackError as error:
            self._places[sequence] = None
            return self._put(RAISED, transfer("result", error), [])
        start = self._cursor
        record = self._put(VALUE, data, buffers)
        # A large result is not kept for the sake of a task behind it, which then comes by another way.
        self._places[sequence] = None if record & PIPED else (start, self._cursor)
        return record

    def _put(self, kind: int, data: bytes, buffers: list[memoryview]) -> int:
        """Leave *data* on the slate or, where it has no room, send it; return the record that says so."""
        start, end = self._cursor, self._cursor + len(data)
        if buffers or end > self._end:
            self._send(RESULT, data, buffers)
            return kind + PIPED
        self._slate.bytes[start:end] = data
        self._cursor = end
        return kind | len(data) << layout.LENGTH

    def _load(
        self, number: int, payload: bytes | None, buffers: list[bytearray]
    ) -> tuple[Callable[..., object], tuple[object, ...], dict[str, object] | None]:
        """Return what to call, and with what, where the function is not known yet or comes with the task."""
        if number >= 0:
            function = self._functions[number] = unpack(self._pickles.pop(number), [])  # type: ignore[assignment] # what was packed there
            return function, *(((), None) if payload is None else self._arguments(payload, buffers))
        assert payload is not None  # noqa: S101 - Invariant: what has no number comes in the payload
        return unpack(payload, buffers)  # type: ignore[return-value] # as above

    def _arguments(
        self, payload: bytes, buffers: list[bytearray]
    ) -> tuple[tuple[object, ...], dict[str, object] | None]:
        return unpack(payload, buffers)  # type: ignore[return-value] # what was packed there

    def _have(self, needs: Sequence[int], wires: Sequence[tuple[int, int]]) -> bool:
        """Return whether all of *needs* succeeded here, and those whose value is wanted left it on the slate."""
        return all(self._place(need) is not None for need in needs)

    def _place(self, sequence: int) -> tuple[int, int] | None:
        return self._places[sequence] if sequence in self._places else self._older.get(sequence)

    def _wired(self, args: tuple[object, ...], wires: Sequence[tuple[int, int]]) -> tuple[object, ...]:
        """Return *args* with the results of tasks that this worker ran, each a copy of its own."""
        filled = list(args)
        for place, sequence in wires:
            where = self._place(sequence)
            assert where is not None  # noqa: S101 - Invariant: `_have` looked
            start, end = where
            filled[place] = unpack(self._slate.bytes[start:end], []) if end else None
        return tuple(filled)

    def _mark_child(self) -> None:
        self._child = True

    def _leave_if_child(self, status: int) -> None:
        """End a process that a task forked and that came back out of the call: there is one worker, not two."""
        if self._child:
            os._exit(status)
