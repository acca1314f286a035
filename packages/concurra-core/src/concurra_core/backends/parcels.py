"""From tasks to what a worker is sent of them: numbered functions, pickled arguments, and whose results go where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Final

from concurra_core.backends.worker.cargo import PackError, pack
from concurra_core.model.errors import TransferError
from concurra_core.model.outcome import Raised, capture
from concurra_core.model.quoting import spelled
from concurra_core.model.task import Task

if TYPE_CHECKING:
    from concurra_core.backends.worker.columns import Columns, Wires

# Each is sent to a worker once; other callables, such as partials and methods, travel with each of their tasks.
_NUMBERED: Final = (FunctionType, BuiltinFunctionType, type)
_NO_BUFFERS: Final[list[memoryview]] = []
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


class Packer:
    """Pack tasks for the workers of one run."""

    def __init__(self, arguments: Callable[[Task], tuple[object, ...]]) -> None:
        self._arguments = arguments
        self._numbers: dict[int, int] = {}  # by identity: a task keeps its callable alive
        self._pickles: list[bytes] = []
        self._last: Callable[..., object] | None = None
        self._last_number = -1

    def pack_bare(
        self, tasks: Sequence[Task], columns: Columns, line: dict[int, int] | None, first: int
    ) -> int:
        """Add those of *tasks*, up to the first other one, of which a worker needs no more than function and label.

        They take no arguments, and the function is the one that was packed last. Return how many they are: mostly all.

        *line* is as in `pack`, and grows by them, which have the sequence numbers from *first* on; None if nobody waits
        for anything.
        """
        call = self._last
        count = 0
        if self._last_number >= 0:
            labels, ties = columns.labels, columns.ties
            for task in tasks:
                if task.call is not call or task.args or task.attempt != 1:
                    break
                if task.kwargs is not None or task.options.timeout is not None:
                    break
                if line is not None:
                    tied = [line[need] for need in task.needs if need in line]
                    if tied:
                        ties[count] = tied, ()
                    line[task.index] = first + count
                label = task.label
                labels.append(label if type(label) in _PLAIN else spelled(label))
                count += 1
            columns.calls += [self._last_number] * count
        return count

    def pack(self, task: Task, line: Mapping[int, int], columns: Columns) -> list[memoryview]:
        """Add *task* to *columns*, as a worker is sent it, and return the buffers that belong to it.

        *line* gives, by index, the sequence numbers of what its worker still holds.

        Raises:
            TransferError: its function or an argument cannot be pickled; *columns* are as they were.
        """
        number = self._last_number if task.call is self._last else self._turn_to(task.call)
        place = len(columns.calls)
        buffers = _NO_BUFFERS
        if number < 0 or task.args or task.kwargs is not None:
            payload, buffers = self._payload(task, number)
            columns.payloads[place] = payload, len(buffers)
        label = task.label
        columns.calls.append(number)
        columns.labels.append(label if type(label) in _PLAIN else spelled(label))
        if task.attempt != 1:
            columns.attempts[place] = task.attempt
        limit = task.options.timeout
        if limit is not None:
            columns.limits[place] = limit
        if line and task.needs:
            needs = [line[need] for need in task.needs if need in line]
            if needs:
                columns.ties[place] = needs, _wires(task, line)
        return buffers

    def _turn_to(self, call: Callable[..., object]) -> int:
        """Return the number of *call*, which is not that of the task before."""
        number = self._number(call)
        self._last, self._last_number = call, number
        return number

    def _number(self, call: Callable[..., object]) -> int:
        """Return the number of the function *call*, -1 if it travels with each of its tasks."""
        if not isinstance(call, _NUMBERED):
            return -1
        number = self._numbers.get(id(call))
        return self._learn(call) if number is None else number

    def pickle_of(self, number: int) -> bytes:
        """Return the pickle of the function with *number*."""
        return self._pickles[number]

    def _learn(self, call: Callable[..., object]) -> int:
        try:
            data, buffers = pack(call, outward=True)
        except PackError as error:
            raise TransferError(
                f"the function {getattr(call, '__qualname__', call)!s} cannot be pickled for a worker process: {error.why}; "
                "define it at the top level of a module, or run it on a thread"
            ) from None
        if buffers:
            self._numbers[id(call)] = -1  # a closure over large arrays travels with each task
            return -1
        number = self._numbers[id(call)] = len(self._pickles)
        self._pickles.append(data)
        return number

    def _payload(self, task: Task, number: int) -> tuple[bytes, list[memoryview]]:
        args = self._arguments(task) if task.may_take_results else task.args
        whole = (args, task.kwargs) if number >= 0 else (task.call, args, task.kwargs)
        try:
            return pack(whole, outward=True)
        except PackError as error:
            raise TransferError(
                f"{_part(error.where, number >= 0)} cannot be pickled for a worker process: {error.why}; "
                "pass plain data and open connections, locks and files inside the task, or run it on a thread"
            ) from None


def _wires(task: Task, line: Mapping[int, int]) -> Wires:
    """Return which arguments of *task* are results made in its worker, and whose."""
    return [(place, line[source]) for place, source in task.wires() if source in line]


def _part(where: str, numbered: bool) -> str:
    """Return which argument *where*, a way into the payload, points to, in the words of the caller."""
    parts = where.removeprefix("[").split("]", 1) if where.startswith("[") else ["", where]
    first = -1 if not parts[0].isdigit() else int(parts[0]) - (not numbered)
    if first == 0 and parts[1].startswith("["):
        place, _, rest = parts[1][1:].partition("]")
        return f"argument {place}{rest}"
    if first == 1 and parts[1].startswith("["):
        name, _, rest = parts[1][1:].partition("]")
        return f"argument {name.strip(chr(39))}{rest}"
    return "the callable" + (parts[1] if parts[0] else "")


def refusal(error: TransferError) -> Raised:
    """Return the fault of a task that could not be packed."""
    return capture(error, frames=0)
