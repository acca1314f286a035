"""From tasks to what a worker is sent of them: numbered functions, pickled arguments, and whose results go where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Final

import attrs

from concurra_core.backends.worker.cargo import PackError, pack
from concurra_core.model.errors import TransferError
from concurra_core.model.outcome import Raised, capture
from concurra_core.model.task import Ref, Task

if TYPE_CHECKING:
    from concurra_core.backends.worker.batch import Entry

# Each is sent to a worker once; other callables, such as partials and methods, travel with each of their tasks.
_NUMBERED: Final = (FunctionType, BuiltinFunctionType, type)
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


@attrs.frozen
class Parcel:
    """One task ready to be sent: its entry, its buffers, and the number of its function, -1 for none."""

    entry: Entry
    buffers: list[memoryview]
    function: int


class Packer:
    """Pack tasks for the workers of one run."""

    def __init__(self, arguments: Callable[[Task], tuple[object, ...]]) -> None:
        self._arguments = arguments
        self._numbers: dict[int, int] = {}  # by identity: a task keeps its callable alive
        self._pickles: list[bytes] = []

    def pack(self, task: Task, line: Mapping[int, int]) -> Parcel:
        """Return *task* as a parcel. *line* gives, by index, the sequence numbers of what its worker still holds.

        Raises:
            TransferError: its function or an argument cannot be pickled.
        """
        needs: Sequence[int] = ()
        wires: Sequence[tuple[int, int]] = ()
        if line and task.needs:
            needs = [line[need] for need in task.needs if need in line]
            if needs and task.wires:
                wires = [
                    (place, line[source])
                    for place, source in zip(task.wires, task.sources(), strict=True)
                    if source in line
                ]
        call = task.call
        number = -1
        if isinstance(call, _NUMBERED):
            number = self._numbers.get(id(call), -1)
            if number < 0:
                number = self._learn(call)
        payload, buffers = self._payload(task, number)
        limit = task.options.timeout
        label = task.label if type(task.label) in _PLAIN else str(task.label)
        entry: Entry = (number, payload, len(buffers), label, task.attempt, limit, needs, wires)
        return Parcel(entry, buffers, number)

    def pickle_of(self, number: int) -> bytes:
        """Return the pickle of the function with *number*."""
        return self._pickles[number]

    def _learn(self, call: Callable[..., object]) -> int:
        try:
            data, buffers = pack(call)
        except PackError as error:
            raise TransferError(
                f"the function{error.where} cannot be pickled for a worker process: {error.why}; "
                "define it at the top level of a module, or run it on a thread"
            ) from None
        if buffers:
            return -1  # a closure over large arrays travels with each task
        number = self._numbers[id(call)] = len(self._pickles)
        self._pickles.append(data)
        return number

    def _payload(self, task: Task, number: int) -> tuple[bytes | None, list[memoryview]]:
        if number >= 0 and not task.args and task.kwargs is None:
            return None, []
        args = self._arguments(task) if task.wires else task.args
        whole = (args, task.kwargs) if number >= 0 else (task.call, args, task.kwargs)
        try:
            return pack(whole)
        except PackError as error:
            raise TransferError(
                f"{_part(error.where, number >= 0)} cannot be pickled for a worker process: {error.why}; "
                "pass plain data and open connections, locks and files inside the task, or run it on a thread"
            ) from None


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
