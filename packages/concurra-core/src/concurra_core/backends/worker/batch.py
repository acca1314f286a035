"""A worker's work: run the tasks of a batch one after the other, and put down what became of each. Child-safe."""

from __future__ import annotations

import posix
from _signal import ITIMER_REAL, setitimer
from time import perf_counter

from concurra_core.backends.worker import slate as layout
from concurra_core.backends.worker.blame import transfer
from concurra_core.backends.worker.cargo import unpack
from concurra_core.backends.worker.now import current
from concurra_core.backends.worker.results import NOWHERE, Results
from concurra_core.backends.worker.slate import (
    ASK,
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
    SENT,
    UNRUN,
)

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Callable

    from concurra_core.backends.worker.columns import Columns, Ties, Wires
    from concurra_core.backends.worker.slate import Slate
    from concurra_core.backends.worker.surroundings import Surroundings

    Args = tuple[object, ...]
    Kwargs = dict[str, object] | None

# Of alarms and tracers of a task at those who put an end to them; after the first, alarms are off.
_STRIKES = 8
_NOT_YET = object()  # what a task has returned that has not
_INERT = frozenset({bool, bytes, float, int, str})
_NO_ARGS: Args = ()
_NO_PAYLOAD: tuple[bytes, int] = (b"", 0)
_NO_TIES: Ties = ((), ())

_LONG = 0.002  # seconds of getting ready; then it is told that the task begins


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
        self._results = Results(slate, send)
        self._ring = ring
        self._surroundings = surroundings
        self._untouched = surroundings.untouched
        self._functions: dict[int, Callable[..., object]] = {}
        self._pickles: dict[int, bytes] = {}
        self._child = False  # a task forked, and this is what came out of its call a second time
        self._rung = self._patience = 0.0
        self._state = self._stamp = 0  # while the task at hand runs; where its begin is stamped
        posix.register_at_fork(after_in_child=self._mark_child)

    def run(
        self,
        number: int,
        first: int,
        pickles: dict[int, bytes],
        columns: Columns,
        buffers: list[bytearray],
        manner: tuple[bool, float, bool],
    ) -> None:
        """Run the batch *number*, whose first task has the sequence number *first*.

        Its *manner*: whether the first failure ends it; the seconds after which to ring if it goes on; and whether
        its end is left untold if the next one has been sent.
        """
        half, base = number & 1, number << NUMBER
        careful, self._patience, quiet = manner
        self._rung = perf_counter()
        self._pickles.update(pickles)
        self._results.begin(half)
        self._slate.clear_records(half, len(columns))
        current.columns = columns
        done, over = 0, False
        while not over:
            # Each task finds the context variables that the worker began with. A copy a task would cost a tenth.
            work = self._surroundings.context.copy().run
            done, over = work(self._work, half, base, first, columns, buffers, careful, done)
        current.columns = current.cancelled = None
        self._slate.words[layout.count_word(half)] = done
        self._slate.words[0] = base | DONE | done
        if not quiet or self._slate.words[SENT] == number:
            self._ring_now()

    def _work(  # noqa: C901, PLR0912 - a call less a task: the hot path is one function on purpose
        self,
        half: int,
        base: int,
        first: int,
        columns: Columns,
        buffers: list[bytearray],
        careful: bool,
        done: int,
    ) -> tuple[int, bool]:
        """Run the tasks of *columns* from the place *done* on; return how many were run, and whether that is all.

        It is not where a task has set a context variable. It may be less than there are, if some were recalled.
        """
        words, moments, fence = self._slate.words, self._slate.moments, self._slate.fence
        begun, recall = layout.table(half), layout.recall_word(half)
        functions, payloads, ties = self._functions, columns.payloads, columns.ties
        has_all = self._results.has_all
        has_variables, last = self._surroundings.has_variables, len(columns) - 1
        ended = perf_counter()
        for place, number in enumerate(columns.calls[done:] if done else columns.calls, done):
            current.place = place
            moments[begun + place] = ended
            words[0] = base | PREPARING | place
            fence()
            if words[recall] <= place:
                return place, True
            if words[ASK]:
                words[ASK] = 0
                self._ring_now()
            self._state, self._stamp = base | place, begun + place
            call = functions.get(number)
            needs, wires = ties.get(place, _NO_TIES)
            if call is None or place in payloads or wires or (needs and not has_all(needs)):
                record, ended = self._attempt(place, columns, buffers, first + place)
            else:
                record, ended = self._call(call, _NO_ARGS, None, ended, first + place)
            if record:
                words[begun + 2 * MOST + place] = record
            moments[begun + MOST + place] = ended
            if careful and record & KIND & ~PIPED == RAISED:
                return place + 1, True
            if ended - self._rung > self._patience and place < last:
                words[0] = base | BETWEEN | place + 1
                self._ring_now()
            if has_variables():
                return place + 1, place == last
        return last + 1, True

    def _ring_now(self) -> None:
        self._rung = perf_counter()
        self._ring()

    def _attempt(
        self, place: int, columns: Columns, buffers: list[bytearray], sequence: int
    ) -> tuple[int, float]:
        """Run a task that has more to it than a call; return its record and when it ended."""
        began = perf_counter()
        payload, count = columns.payloads.get(place, _NO_PAYLOAD)
        needs, wires = columns.ties.get(place, _NO_TIES)
        mine = buffers[:count]
        del buffers[:count]
        if not self._results.has_all(needs):
            self._results.places[sequence] = None
            return UNRUN, began
        try:
            current.loading = True
            call, args, kwargs = self._prepare(columns.calls[place], payload, mine, wires)
            current.loading = False
        except BaseException as error:  # noqa: BLE001 - a user's object may raise anything
            ended, current.loading = perf_counter(), False
            self._calm()
            way_out = "pass plain data, or run the task on a thread"
            told = transfer("the function or an argument", "unpickled in the worker", error, way_out)
            record = self._results.fail(told, sequence)
            self._surroundings.restore()
            return record, ended
        return self._call(call, args, kwargs, began, sequence)

    def _call(
        self, call: Callable[..., object], args: Args, kwargs: Kwargs, since: float, sequence: int
    ) -> tuple[int, float]:
        """Call what the task is, which was made ready *since* then; return its record and when it ended.

        From here on its limit counts. An alarm or a tracer of the task's may strike at any moment, also just after
        the call. Until these are put back, all that happens here is inside of a `try`. What strikes a task that has
        returned is nobody's failure. A task that took less than a call to the system has set none.
        """
        current.began = began = perf_counter()
        self._slate.moments[self._stamp] = began
        self._slate.words[0] = self._state
        if began - since > _LONG:
            self._ring_now()
        value: object = _NOT_YET
        failure: BaseException | None = None
        ended, calm = 0.0, False
        try:
            value = (call(*args) if args else call()) if kwargs is None else call(*args, **kwargs)
            ended = perf_counter()
            calm = self._untouched(began, ended)
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is that task's failure
            failure = error if value is _NOT_YET else None
        if calm and value is None:  # nothing is left to do
            self._results.places[sequence] = NOWHERE
            return NOTHING, ended
        if not calm:
            try:
                setitimer(ITIMER_REAL, 0)  # done in C before a handler can run: it strikes once more at most
                ended = ended or perf_counter()
                self._calm()
            except BaseException:  # noqa: BLE001 - as above
                ended = ended or perf_counter()
                self._calm()
        record = self._conclude(value, failure, sequence)
        if not calm or type(value) not in _INERT:  # what is pickled may run code of the user's, too
            self._surroundings.restore()
        return record, ended

    def _conclude(self, value: object, failure: BaseException | None, sequence: int) -> int:
        """Put down what became of a call; return its record."""
        results, cursor = self._results, self._results.cursor
        try:
            self._leave_if_child(value is _NOT_YET)
            if failure is not None:
                return results.raised(failure, 1, sequence)
            self._slate.words[0] = self._state | (0 if value is None else RETURNING)
            return results.take(value, sequence)
        except BaseException as error:  # noqa: BLE001 - somebody sent SIGINT to the worker itself
            results.rewind(cursor)
            return results.raised(error, 1, sequence)

    def _calm(self) -> None:
        """Have nothing of the task's strike any more."""
        for _ in range(_STRIKES):
            try:
                setitimer(ITIMER_REAL, 0)
                self._surroundings.calm()
            except BaseException:  # noqa: BLE001 - it struck once more
                struck = True
            else:
                struck = False
            if not struck:
                return

    def _prepare(
        self, number: int, payload: bytes, buffers: list[bytearray], wires: Wires
    ) -> tuple[Callable[..., object], Args, Kwargs]:
        """Return what to call, and with what."""
        if number < 0:  # the callable travels with its arguments
            return unpack(payload, buffers)  # type: ignore[return-value] # what was packed there
        if number not in self._functions:
            self._functions[number] = unpack(self._pickles[number], [])  # type: ignore[assignment] # as above
            del self._pickles[number]
        args, kwargs = _NO_ARGS, None
        if payload:
            args, kwargs = unpack(payload, buffers)  # type: ignore[misc] # as above
        return self._functions[number], self._results.filled(args, wires) if wires else args, kwargs

    def _mark_child(self) -> None:
        self._child = True

    def _leave_if_child(self, status: int) -> None:
        """End a process that a task forked and that came back out of the call: there is one worker, not two."""
        if self._child:
            posix._exit(status)
