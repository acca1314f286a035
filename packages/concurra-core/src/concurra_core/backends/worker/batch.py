"""A worker's work: run the tasks of a batch one after the other, and put down what became of each. Child-safe."""

from __future__ import annotations

import posix
from _signal import ITIMER_REAL, setitimer
from time import perf_counter

from concurra_core.backends.worker import slate as layout
from concurra_core.backends.worker.blame import blame, transfer, unreturnable
from concurra_core.backends.worker.cargo import PackError, pack, unpack
from concurra_core.backends.worker.slate import (
    BETWEEN,
    DONE,
    KIND,
    MOST,
    NOTHING,
    NUMBER,
    PIPED,
    PREPARING,
    RAISED,
    RETURNING,
    ROOM,
    UNRUN,
    VALUE,
)
from concurra_core.backends.worker.surroundings import BRIEF
from concurra_core.backends.worker.wire import RESULT

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from concurra_core.backends.worker.slate import Slate
    from concurra_core.backends.worker.surroundings import Surroundings

    # number of the function or -1, pickle of the arguments or None, how many buffers belong to it,
    # label, attempt, limit in seconds or None, sequence numbers it waits for, places of results among its arguments
    Entry = tuple[int, bytes | None, int, object, int, float | None, Sequence[int], Sequence[tuple[int, int]]]

    Args = tuple[object, ...]
    Kwargs = dict[str, object] | None

_STRIKES = (
    8  # of alarms and tracers of a task at those who put an end to them; after the first, alarms are off
)
_LONG = 1.0  # seconds; whatever a task that has taken so long may have changed is put back
_NOT_YET = object()  # what a task has returned that has not

# Seconds after which a worker says that there is something to read, if the batch goes on.
_PATIENCE = 0.002


class Current:
    """The task a worker is in: what `current_task()` asks for."""

    entry: Entry | None = None
    began = 0.0
    cancelled: threading.Event | None = None  # made when the task asks for it


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
        self._stamp = 0  # the word where the begin of the task at hand is stamped
        self._state = 0  # the state while that runs
        posix.register_at_fork(after_in_child=self._mark_child)

    def run(
        self,
        number: int,
        first: int,
        pickles: dict[int, bytes],
        entries: Sequence[Entry],
        buffers: list[bytearray],
        careful: bool,
    ) -> None:
        """Run the batch *number*, whose first task has the sequence number *first*.

        If *careful*, the batch is over with the first task that fails: it may be what stops the whole run.
        """
        half = number & 1
        self._pickles.update(pickles)
        self._older, self._places = self._places, {}
        self._cursor = layout.arena(half)
        self._end = self._cursor + ROOM
        words, base, last = self._slate.words, number << NUMBER, len(entries)
        place = 0
        while place < last and self._begin(half, base, place, entries[place]):
            record, ended = self._attempt(entries[place], buffers, first + place)
            self._put_down(half, place, record, ended)
            place += 1
            if careful and record & KIND & ~PIPED == RAISED:
                break
            if place < last and (ended - Current.began > _PATIENCE or ended - self._rung > _PATIENCE):
                words[0] = base | BETWEEN | place
                self._ring_now()
        words[layout.count_word(half)] = place
        words[0] = base | DONE | place
        self._ring_now()

    def _begin(self, half: int, base: int, place: int, entry: Entry) -> bool:
        """Say that the task at *place* is next; return False if it was recalled."""
        slate = self._slate
        Current.began = now = perf_counter()
        Current.entry = entry
        self._stamp = layout.table(half) + place
        self._state = base | place
        slate.moments[self._stamp] = now
        slate.words[0] = base | PREPARING | place
        slate.fence()
        return slate.words[layout.recall_word(half)] > place

    def _start(self) -> None:
        """Say that the call begins now: from here on its limit counts."""
        before = Current.began
        Current.began = now = perf_counter()
        self._slate.moments[self._stamp] = now
        self._slate.words[0] = self._state
        if now - before > _PATIENCE:
            self._ring_now()

    def _put_down(self, half: int, place: int, record: int, ended: float) -> None:
        Current.entry = Current.cancelled = None
        table = layout.table(half) + place
        self._slate.words[table + 2 * MOST] = record
        self._slate.moments[table + MOST] = ended

    def _ring_now(self) -> None:
        self._rung = perf_counter()
        self._ring()

    def _attempt(self, entry: Entry, buffers: list[bytearray], sequence: int) -> tuple[int, float]:
        """Run one task; return its record and when it ended."""
        needs = entry[6]
        if needs and not all(self._place(need) is not None for need in needs):
            self._places[sequence] = None
            del buffers[: entry[2]]
            return UNRUN, perf_counter()
        try:
            call, args, kwargs = self._prepare(entry, buffers)
        except BaseException as error:  # noqa: BLE001 - a user's object may raise anything
            ended = perf_counter()
            self._calm(_LONG)
            told = transfer("the function or an argument", "unpickled in the worker", error)
            record = self._fail(told, sequence)
        else:
            record, ended = self._call(call, args, kwargs, sequence)
        self._surroundings.restore(ended - Current.began)
        return record, ended

    def _call(
        self, call: Callable[..., object], args: Args, kwargs: Kwargs, sequence: int
    ) -> tuple[int, float]:
        """Call what the task is; return its record and when it ended.

        An alarm or a tracer of the task's may strike at any moment, also just after the call. Until these are put
        back, all that happens here is inside of a `try`. What strikes a task that has returned is nobody's failure.
        """
        value: object = _NOT_YET
        failure: BaseException | None = None
        ended = 0.0
        try:
            self._start()
            value = call(*args) if kwargs is None else call(*args, **kwargs)
            ended = perf_counter()
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is that task's failure
            failure = error if value is _NOT_YET else None
        try:
            if not ended or ended - Current.began > BRIEF:
                setitimer(ITIMER_REAL, 0)  # done in C before a handler can run: it strikes once more at most
            ended = ended or perf_counter()
            self._calm(ended - Current.began)
        except BaseException:  # noqa: BLE001 - as above
            ended = ended or perf_counter()
            self._calm(_LONG)
        try:
            self._leave_if_child(value is _NOT_YET)
            if value is not _NOT_YET:
                if value is not None:
                    self._slate.words[0] = self._state | RETURNING
                return self._return(value, sequence), ended
        except BaseException as error:  # noqa: BLE001 - somebody sent SIGINT to the worker itself
            failure = error
        assert failure is not None  # noqa: S101 - Invariant: there is a value or a failure
        return self._fail(blame(failure, 1), sequence), ended

    def _calm(self, seconds: float) -> None:
        """Have nothing of the task's strike any more, which has run for *seconds*."""
        for _ in range(_STRIKES):
            try:
                if seconds >= _LONG:
                    setitimer(ITIMER_REAL, 0)
                self._surroundings.calm(seconds)
            except BaseException:  # noqa: BLE001 - it struck once more
                seconds = _LONG
            else:
                return

    def _fail(self, told: bytes, sequence: int) -> int:
        self._places[sequence] = None
        return self._put(RAISED, told, [])

    def _return(self, value: object, sequence: int) -> int:
        """Put down what a task returned."""
        if value is None:
            self._places[sequence] = (0, 0)
            return NOTHING
        try:
            data, buffers = pack(value)
        except PackError as error:
            return self._fail(unreturnable(value, error), sequence)
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

    def _prepare(self, entry: Entry, buffers: list[bytearray]) -> tuple[Callable[..., object], Args, Kwargs]:
        """Return what to call, and with what."""
        number, payload, count, *_, wires = entry
        mine = buffers[:count]
        del buffers[:count]
        if number < 0:  # the callable travels with its arguments
            return unpack(payload or b"", mine)  # type: ignore[return-value] # what was packed there
        if number not in self._functions:
            self._functions[number] = unpack(self._pickles[number], [])  # type: ignore[assignment] # as above
            del self._pickles[number]
        call = self._functions[number]
        args: Args = ()
        kwargs: Kwargs = None
        if payload is not None:
            args, kwargs = unpack(payload, mine)  # type: ignore[misc] # as above
        return call, self._wired(args, wires) if wires else args, kwargs

    def _place(self, sequence: int) -> tuple[int, int] | None:
        return self._places[sequence] if sequence in self._places else self._older.get(sequence)

    def _wired(self, args: Args, wires: Sequence[tuple[int, int]]) -> Args:
        """Return *args* with the results of tasks that this worker ran, each a copy of its own."""
        filled = list(args)
        for place, sequence in wires:
            where = self._place(sequence)
            assert where is not None  # noqa: S101 - Invariant: `_attempt` looked
            start, end = where
            filled[place] = unpack(self._slate.bytes[start:end], []) if end else None
        return tuple(filled)

    def _mark_child(self) -> None:
        self._child = True

    def _leave_if_child(self, status: int) -> None:
        """End a process that a task forked and that came back out of the call: there is one worker, not two."""
        if self._child:
            posix._exit(status)
