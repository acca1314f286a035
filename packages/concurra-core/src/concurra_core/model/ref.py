"""`Ref`: stands for the result of a task among the arguments of another, and says how much the other needs it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Generic, NoReturn, TypeGuard, TypeVar

import attrs

from concurra_core.model.ends import error_for
from concurra_core.model.quoting import quoted
from concurra_core.model.settled import Outcome
from concurra_core.model.state import TaskState

if TYPE_CHECKING:
    from concurra_core.model.task import Task

T_co = TypeVar("T_co", covariant=True)
D = TypeVar("D")


@attrs.define(eq=False, weakref_slot=False, repr=False)
class Ref(Generic[T_co]):
    """Stands for a task's result among the positional arguments of another, and for its label.

    Handing a `Ref` to a later task makes that task wait for this one, need its success, and receive its result.
    `outcome`, `optional` and `or_else` return refs to the same task that need no success: whoever takes them waits
    until the task has settled, however it ended.
    """

    _owner: object
    _task: Task

    @property
    def label(self) -> Hashable:
        """The label of the task."""
        return self._task.label

    @property
    def index(self) -> int:
        """The task's place in the order of adding."""
        return self._task.index

    @property
    def _needs_success(self) -> bool:
        """Whether what takes this ref runs only if the task succeeds."""
        return True

    def outcome(self) -> Ref[Outcome[T_co]]:
        """Return a ref that stands for how the task ended, well or not."""
        return OutcomeRef(self._owner, self._task)

    def optional(self) -> Ref[T_co | None]:
        """Return a ref that stands for the result, and for None if there is none."""
        return DefaultRef(self._owner, self._task, None)

    def or_else(self, default: T_co | D) -> Ref[T_co | D]:
        """Return a ref that stands for the result, and for *default* if there is none.

        Raises:
            TypeError: *default* is a ref.
        """
        if is_ref(default):
            raise TypeError(
                f"the default of {self!r} must be a value, not {default!r}, which stands for a result"
            )
        return DefaultRef(self._owner, self._task, default)

    def _belongs_to(self, owner: object) -> bool:
        """Return whether the task was added to *owner*."""
        return self._owner is owner

    def _taken_from(self, tasks: Sequence[Task]) -> object:
        """Return what the ref stands for, of the records of a run."""
        return tasks[self._task.index].value

    def _moved_to(self, owner: object, task: Task) -> Ref[T_co]:
        """Return the same kind of ref to *task* of another graph."""
        return attrs.evolve(self, owner=owner, task=task)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} stands for a result among the positional arguments of a task only, not within one of them; "
            "hand over what flow.gather([...]) returns"
        )

    def __repr__(self) -> str:
        return f"Ref({quoted(self.label)})"


@attrs.define(eq=False, weakref_slot=False, repr=False)
class OutcomeRef(Ref[T_co]):
    """Stands for an `Outcome`."""

    @property
    def _needs_success(self) -> bool:
        return False

    def _taken_from(self, tasks: Sequence[Task]) -> object:
        task = tasks[self._task.index]
        error = None if task.fault is None else error_for(task.fault, task, tasks)
        value = task.value if error is None else None
        return Outcome(label=task.label, status=task.state, value=value, error=error)

    def __repr__(self) -> str:
        return f"Ref({quoted(self.label)}).outcome()"


@attrs.define(eq=False, weakref_slot=False, repr=False)
class DefaultRef(Ref[T_co]):
    """Stands for the result of a task, or for a default."""

    _default: object = None

    @property
    def _needs_success(self) -> bool:
        return False

    def _taken_from(self, tasks: Sequence[Task]) -> object:
        task = tasks[self._task.index]
        return task.value if task.state is TaskState.SUCCEEDED else self._default

    def __repr__(self) -> str:
        return f"Ref({quoted(self.label)}).or_else({quoted(self._default)})"


def is_ref(arg: object) -> TypeGuard[Ref[object]]:
    """Return whether *arg* is a `Ref`, told by its type alone.

    Asking an object itself, as `isinstance` does, may run code of the user's: of a proxy, whose ``__class__`` is another's.
    """
    return issubclass(type(arg), Ref)
