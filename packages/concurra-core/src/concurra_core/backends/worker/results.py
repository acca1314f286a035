"""Where a worker puts down what its tasks returned, for the run and for tasks behind them. Child-safe."""

from __future__ import annotations

from concurra_core.backends.worker import slate as layout
from concurra_core.backends.worker.blame import blame, unreturnable
from concurra_core.backends.worker.cargo import PackError, pack, unpack
from concurra_core.backends.worker.slate import NOTHING, PIPED, RAISED, ROOM, VALUE
from concurra_core.backends.worker.wire import RESULT

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from concurra_core.backends.worker.columns import Wires
    from concurra_core.backends.worker.slate import Slate

NOWHERE = (0, 0)  # where a value lies that is None


class Results:
    """The results of the last two batches, on the slate where they have room.

    Args:
        slate: the memory shared with the run.
        send: sends a message: tag, main part, buffers.
    """

    def __init__(self, slate: Slate, send: Callable[[int, bytes, list[memoryview]], None]) -> None:
        self._slate = slate
        self._send = send
        # By sequence number: where a value lies; None for what gave none here.
        self.places: dict[int, tuple[int, int] | None] = {}
        self._older: dict[int, tuple[int, int] | None] = {}
        self._cursor = self._end = 0

    def begin(self, half: int) -> None:
        """Have the next results belong to the batch in *half*."""
        self._older, self.places = self.places, {}
        self._cursor = layout.arena(half)
        self._end = self._cursor + ROOM

    def has_all(self, sequences: Sequence[int]) -> bool:
        """Return whether there is a value of each of the tasks with these numbers."""
        places, older = self.places, self._older
        for sequence in sequences:
            if (places[sequence] if sequence in places else older.get(sequence)) is None:
                return False
        return True

    def take(self, value: object, sequence: int) -> int:
        """Put down what a task returned; return its record."""
        if value is None:
            self.places[sequence] = NOWHERE
            return NOTHING
        try:
            data, buffers = pack(value)
        except PackError as error:
            return self.fail(unreturnable(value, error), sequence)
        start = self._cursor
        record = self._put(VALUE, data, buffers, sequence)
        # A large result is not kept for the sake of a task behind it, which then comes by another way.
        self.places[sequence] = None if record & PIPED else (start, self._cursor)
        return record

    def raised(self, error: BaseException, frames: int, sequence: int) -> int:
        """Put down what a task raised, without the outermost *frames*; return its record."""
        return self.fail(blame(error, frames), sequence)

    def fail(self, told: bytes, sequence: int) -> int:
        """Put down why there is no value; return the record."""
        self.places[sequence] = None
        return self._put(RAISED, told, [], sequence)

    def filled(self, args: tuple[object, ...], wires: Wires) -> tuple[object, ...]:
        """Return *args* with the results of tasks that this worker ran, each a copy of its own."""
        whole = list(args)
        for place, sequence in wires:
            where = self._place(sequence)
            assert where is not None  # noqa: S101 - Invariant: `has_all` was asked
            start, end = where
            whole[place] = unpack(self._slate.bytes[start:end], []) if end else None
        return tuple(whole)

    def _place(self, sequence: int) -> tuple[int, int] | None:
        return self.places[sequence] if sequence in self.places else self._older.get(sequence)

    @property
    def cursor(self) -> int:
        """Where on the slate the next result goes."""
        return self._cursor

    def rewind(self, cursor: int) -> None:
        """Forget what was left on the slate from *cursor* on: something struck before its record was written."""
        self._cursor = cursor

    def _put(self, kind: int, data: bytes, buffers: list[memoryview], sequence: int) -> int:
        """Leave *data* on the slate or, where it has no room, send it; return the record that says so.

        What is sent has the number of its task as its last buffer: it may be on its way when something strikes, and
        the record then says otherwise.
        """
        start, end = self._cursor, self._cursor + len(data)
        if buffers or end > self._end:
            self._send(RESULT, data, [*buffers, memoryview(sequence.to_bytes(8, "little"))])
            return kind + PIPED
        self._slate.bytes[start:end] = data
        self._cursor = end
        return kind | len(data) << layout.LENGTH
