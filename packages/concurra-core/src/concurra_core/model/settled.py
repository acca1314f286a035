"""`Outcome`: how a task ended, as a later task of the same run is told."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

import attrs

from concurra_core.model.errors import RemoteError, message_of
from concurra_core.model.state import TaskState

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen(kw_only=True)
class Outcome(Generic[T_co]):
    """How a task ended.

    Args:
        label: what the task is called.
        status: its end state.
        value: what it returned; None if it did not succeed.
        error: what it raised, or a `TaskTimeout`, `WorkerCrashed`, `TaskCancelled` or `TaskSkipped` that says why
            there is no value; None if it succeeded.

    >>> Outcome(label="a", status=TaskState.SUCCEEDED, value=3).unwrap()
    3
    """

    label: Hashable
    status: TaskState
    value: T_co | None = None
    error: BaseException | None = None

    @property
    def succeeded(self) -> bool:
        """Whether there is a value."""
        return self.status is TaskState.SUCCEEDED

    def unwrap(self) -> T_co:
        """Return the value.

        Raises:
            BaseException: *error*, if the task did not succeed.
        """
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value] # Invariant: without an error there is the value

    def __reduce__(self) -> tuple[object, ...]:
        import pickle

        error = self.error
        if error is not None:
            try:
                pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes, a moment old
            except Exception:  # noqa: BLE001 - whatever the exception's class raises
                error = RemoteError.named(type(error).__name__, message_of(error))
        return (_made, (self.label, self.status, self.value, error))


def _made(label: Hashable, status: TaskState, value: object, error: BaseException | None) -> Outcome[object]:
    return Outcome(label=label, status=status, value=value, error=error)
