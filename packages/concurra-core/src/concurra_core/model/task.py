"""A task: what the user said of it, and how it stands, in one slotted record."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from concurra_core.model.options import TaskOptions
from concurra_core.model.outcome import Fault
from concurra_core.model.ref import Ref, is_ref
from concurra_core.model.state import TaskState

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_INDEXES: Final[tuple[int, ...]] = ()
NO_FAULTS: Final[tuple[Fault | None, ...]] = ()


class _Released:
    """Stands where a result was that no task needs any more."""

    def __repr__(self) -> str:
        return "<released>"


RELEASED: Final = _Released()


@attrs.define(eq=False, weakref_slot=False)
class Task:
    """The one record of a task, from its registration to its end.

    The upper half, to `needs`, is what the user said. Before the run, labels of tasks that were added later are looked up
    and join the needs, and options and call may be replaced in the run's own record; in the run only the scheduler writes
    there: the options of a task that moves to another lane, index and needs of what a spread makes, and its args when it has
    ended, and the needs of the spread. The lower half is written under the run's lock, but for `started`, `begun`
    and `worker`, which whoever owns the attempt, a worker or its backend, may write as well.

    Args:
        index: its place in the order of adding; what the engine calls it by.
        label: what the user calls it by.
        needs: indexes of the tasks it waits for, each once.
        started: seconds on the run's clock when the last attempt began; 0.0 if none did.
        ended: seconds on the run's clock when the task ended.
        attempt: the attempt that was handed out last, counted from 1; 0 before the first.
        worker: the name of the thread or the id of the process that ran the last attempt, None if none did.
        begun: the attempt that was begun last. Written by the worker, before it looks whether the attempt is
            still wanted; whoever stops the attempt changes the state first and looks here then. So of the two
            at least one sees the other: what was stopped before it began never begins.
        faults: what went wrong: with the present attempt, None while nothing has, and then with each before it. Empty
            for tasks that nothing went wrong with: most of them. See `fault`, `retried` and `retry_after`.
    """

    index: int
    label: Hashable
    call: Callable[..., object]
    args: tuple[object, ...]
    kwargs: Mapping[str, object] | None
    options: TaskOptions
    needs: tuple[int, ...] = NO_INDEXES
    state: TaskState = TaskState.WAITING
    attempt: int = 0
    begun: int = 0
    started: float = 0.0
    ended: float = 0.0
    value: object = None
    faults: tuple[Fault | None, ...] = NO_FAULTS
    worker: str | int | None = None

    @property
    def fault(self) -> Fault | None:
        """Why the task did not succeed, or is being stopped; None otherwise."""
        return self.faults[0] if self.faults else None

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self.faults = (fault, *self.faults[1:])

    @property
    def retried(self) -> tuple[Fault, ...]:
        """What went wrong with each attempt that was followed by another, the first in front."""
        return tuple(fault for fault in self.faults[1:] if fault is not None)

    def retry_after(self, fault: Fault) -> None:
        """Write down that another attempt follows the present one, which ended with *fault*."""
        self.faults = (None, *self.faults[1:], fault)

    @property
    def may_take_results(self) -> bool:
        """Whether it is worth to look for refs among the arguments: who takes a result waits for it."""
        return bool(self.args and self.needs)

    @property
    def takes_results(self) -> bool:
        """Whether results of other tasks are among the arguments."""
        return self.may_take_results and any(map(is_ref, self.args))

    def wires(self) -> list[tuple[int, int]]:
        """Return each place in the arguments where a `Ref` is, and the index of the task whose result goes there."""
        return [(place, arg.index) for place, arg in enumerate(self.args) if is_ref(arg)]

    def sources(self) -> tuple[int, ...]:
        """Return the indexes of the tasks whose results are among the arguments, in their order."""
        if not (self.args and self.needs):  # `may_take_results`, written out
            return NO_INDEXES
        # Any: these are refs, which no type says.
        refs: list[Any] = [arg for arg in self.args if issubclass(type(arg), Ref)]
        return tuple([ref.index for ref in refs]) if refs else NO_INDEXES

    def arguments(self, tasks: Sequence[Task]) -> tuple[object, ...]:
        """Return the positional arguments, each `Ref` replaced by the result of its task in *tasks*."""
        for arg in self.args:
            if issubclass(type(arg), Ref):  # `is_ref`, written out
                break
        else:  # the items of a map over a result wait for that, and take none
            return self.args
        return tuple([arg._taken_from(tasks) if is_ref(arg) else arg for arg in self.args])  # noqa: SLF001 - a record's own

    def fresh(self) -> Task:
        """Return a record of the same task that has not begun, for another run of it."""
        return Task(self.index, self.label, self.call, self.args, self.kwargs, self.options, self.needs)


# What a task made that makes others: seconds on the run's clock when these came in, and their indexes.
Growth: TypeAlias = tuple[float, range]

# What became of an attempt: the task, the attempt, seconds when it began and ended, what it returned, or why not.
Report: TypeAlias = tuple[Task, int, float, float, object, Fault | None]
