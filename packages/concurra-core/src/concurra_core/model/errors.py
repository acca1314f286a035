"""The error tree.

* ConcurraError
  + DefinitionError (ValueError)     a task or a graph that cannot be; raised by the adders or at run()
    - DuplicateLabelError
    - UnknownDependencyError
    - CycleError
    - SelectionError
  + LifecycleError (RuntimeError)    a method called in the wrong phase of a runner
  + CommandError                     an external command that ended with a non-zero status
  + BackendLostError (RuntimeError)  a backend that can run nothing any more
  + TransferError                    what cannot travel between a run and its worker processes
  + InitializerError (RuntimeError)  the initializer of worker processes failed, and the run with it
  + RemoteError                      stands for an exception of a worker process that does not survive pickling
  + EndedError                       why a task has no value, other than by what it raised itself
    - TaskTimeout (TimeoutError)     it ran over its limit
    - WorkerCrashed (RuntimeError)   its worker died
    - TaskCancelled                  the run was aborted or halted
    - TaskSkipped                    a task it needs did not succeed, or it skipped itself
  + RunFailedError (ExceptionGroup)  raised by raise_for_failures() and run(raise_exception=True)
* Skip                               raised inside a task by the user: the task skips itself

Every error carries its facts as attributes and survives pickling.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from typing import Any, Self

from concurra_core.model.hints import cut_lines, unknown_lines, unmatched_lines, with_known
from concurra_core.model.quoting import quoted, spelled


class ConcurraError(Exception):
    """Anything this library raises on purpose."""


class DefinitionError(ConcurraError, ValueError):
    """A task or a graph that cannot be run as it was described."""


class DuplicateLabelError(DefinitionError):
    """A label that another task of the same graph already has.

    >>> DuplicateLabelError("fetch").label
    'fetch'
    """

    def __init__(self, label: Hashable, place: str = "") -> None:
        self.label = label
        self.place = place
        where = f"{place}: " if place else ""
        super().__init__(f"{where}label {quoted(label)} is taken by an earlier task; labels are unique")

    def __reduce__(self) -> tuple[type[DuplicateLabelError], tuple[Hashable, str]]:
        return (type(self), (self.label, self.place))


class UnknownDependencyError(DefinitionError):
    """Dependencies that no task of the graph carries as its label, all of them together.

    *unknown* pairs each waiting task with the label it waits for; *known* are the labels there are.

    >>> print(UnknownDependencyError([("clean", "ftech")], ["fetch", "clean"]))
    unknown dependency 'ftech' of 'clean'; did you mean 'fetch'? known labels: 'fetch', 'clean'
    """

    def __init__(self, unknown: Sequence[tuple[Hashable, Hashable]], known: Sequence[Hashable]) -> None:
        self.unknown = tuple(unknown)
        self.known = tuple(known)
        super().__init__(with_known("\n".join(unknown_lines(self.unknown, self.known)), self.known))

    def __reduce__(self) -> tuple[type[UnknownDependencyError], tuple[object, object]]:
        return (type(self), (self.unknown, self.known))


class CycleError(DefinitionError):
    """Tasks that wait for one another in a ring.

    *cycle* is one whole ring, first label repeated at the end; *groups* holds, for every set of tasks
    that are knotted together, one such ring.

    >>> CycleError([("a", "b", "c", "a")]).cycle
    ('a', 'b', 'c', 'a')
    """

    def __init__(self, groups: Sequence[Sequence[Hashable]]) -> None:
        self.groups = tuple(tuple(ring) for ring in groups)
        self.cycle = self.groups[0]
        rings = "; ".join(" -> ".join(map(spelled, ring)) for ring in self.groups)
        super().__init__(f"circular dependency: {rings}")

    def __reduce__(self) -> tuple[type[CycleError], tuple[object]]:
        return (type(self), (self.groups,))


class SelectionError(DefinitionError):
    """A selection of tasks that is empty, or that cannot be run because something in it needs what is not.

    *unmatched* are patterns that match no task; *cut* pairs tasks with tasks whose results they need and that are
    not selected. Where both are empty, nothing was left. *known* are the labels there are.

    >>> print(SelectionError(cut=[("report", "stats")]))
    'report' needs the result of 'stats', which is not selected; '+report' selects all that it depends on
    """

    def __init__(
        self,
        unmatched: Sequence[str] = (),
        cut: Sequence[tuple[Hashable, Hashable]] = (),
        known: Sequence[Hashable] = (),
        tags: Sequence[str] = (),
    ) -> None:
        self.unmatched = tuple(unmatched)
        self.cut = tuple(cut)
        self.known = tuple(known)
        self.tags = tuple(tags)
        if cut:
            message = "\n".join(cut_lines(self.cut))
        else:
            lines = unmatched_lines(self.unmatched, self.known, self.tags)
            message = with_known("\n".join(lines) or "nothing is selected", self.known)
        super().__init__(message)

    def __reduce__(self) -> tuple[type[SelectionError], tuple[object, ...]]:
        return (type(self), (self.unmatched, self.cut, self.known, self.tags))


class LifecycleError(ConcurraError, RuntimeError):
    """A method called before the start, after it, or twice, where that makes no sense."""


class CommandError(ConcurraError):
    """An external command that ended with a non-zero status; *result* is its whole result dict.

    >>> error = CommandError({"command": "false", "returncode": 1, "stderr": ""})
    >>> error.result["returncode"], str(error)
    (1, "command 'false' failed with return code 1")
    """

    def __init__(self, result: Mapping[str, object]) -> None:
        self.result = dict(result)
        stderr = self.result.get("stderr") or ""
        text = stderr.decode(errors="replace") if isinstance(stderr, bytes) else str(stderr)
        last = text.strip().rpartition("\n")[2]
        tail = f": {last}" if last else ""
        code = self.result["returncode"]
        super().__init__(
            f"command {self.result['command']!r} failed with return code {code}{_signal_name(code)}{tail}"
        )

    def __reduce__(self) -> tuple[type[CommandError], tuple[dict[str, object]]]:
        return (type(self), (self.result,))


def _signal_name(code: object) -> str:
    """Return the name of the signal that a negative return code stands for, in parentheses."""
    try:
        return f" ({signal.Signals(-int(str(code))).name})"
    except ValueError:
        return ""


class BackendLostError(ConcurraError, RuntimeError):
    """The backend that should run a task cannot run anything any more."""


class TransferError(ConcurraError):
    """A function, an argument or a result that cannot be pickled, or not be unpickled on the other side."""


class InitializerError(ConcurraError, RuntimeError):
    """The initializer of worker processes raised; *trace* is its traceback as text."""

    def __init__(self, message: str, trace: str = "") -> None:
        self.trace = trace
        super().__init__(message)

    def __reduce__(self) -> tuple[type[InitializerError], tuple[str, str]]:
        return (type(self), (str(self), self.trace))


class RemoteError(ConcurraError):
    """Stands for an exception that was raised in a worker process and does not survive pickling.

    The class of the object is a subclass that has the name of the original, so that messages read the same.

    Attributes:
        lineage: the classes of the original by module and name, its own first: a `Retry` may name one of them.
    """

    lineage: tuple[str, ...] = ()

    @staticmethod
    def named(name: str, message: str, lineage: tuple[str, ...] = ()) -> RemoteError:
        """Return an error whose class is called *name*.

        >>> error = RemoteError.named("LockError", "it is held")
        >>> type(error).__name__, str(error)
        ('LockError', 'it is held')
        """
        error = _remote_class(name)(message)
        error.lineage = lineage
        return error

    _name = "RemoteError"

    def __reduce__(self) -> tuple[Callable[..., RemoteError], tuple[str, str, tuple[str, ...]]]:
        return (RemoteError.named, (self._name, str(self), self.lineage))


@cache
def _remote_class(name: str) -> type[RemoteError]:
    """Return the one class of this name."""
    return type(name, (RemoteError,), {"_name": name})


class EndedError(ConcurraError):
    """Stands for the end of a task that has no value and did not raise."""


class TaskTimeout(EndedError, TimeoutError):  # noqa: N818 - the name is part of the contract
    """A task ran over its time limit. Named in `Retry.on`, it is tried again."""


class WorkerCrashed(EndedError, RuntimeError):  # noqa: N818 - the name is part of the contract
    """The worker died under a task. Named in `Retry.on`, the task is tried again."""


class TaskCancelled(EndedError):  # noqa: N818 - named as its siblings are
    """A task was stopped, or never started, because the run was aborted, halted or out of time."""


class TaskSkipped(EndedError):  # noqa: N818 - named as its siblings are
    """A task never ran, because a task it needs did not succeed, or it skipped itself."""


class Skip(Exception):  # noqa: N818 - it is no error: a task raises it to skip itself
    """Raise this inside a task to skip it, and with it what needs its value. That is no failure of the run."""


class RunFailedError(ConcurraError, ExceptionGroup[Exception]):
    """Tasks of a run did not succeed: a group of what they raised.

    *failures* maps the label of each task that did not succeed to its result; *exceptions* are the errors of those
    that failed of their own accord, in the order of adding.

    >>> error = RunFailedError("two of three tasks failed", {"a": None}, [OSError("disk")])
    >>> str(error), error.exceptions
    ('two of three tasks failed', (OSError('disk'),))
    """

    failures: dict[Hashable, Any]

    def __new__(cls, message: str, failures: Mapping[Hashable, Any], errors: Sequence[BaseException]) -> Self:
        """Make a group of *errors*; what is no `Exception`, such as a `SystemExit`, is held by one."""
        group = super().__new__(cls, message, [_held(error) for error in errors])
        group.failures = dict(failures)
        return group

    def __init__(
        self, message: str, failures: Mapping[Hashable, Any], errors: Sequence[BaseException]
    ) -> None:
        super().__init__(message, self.exceptions)

    def __str__(self) -> str:
        return self.message

    def derive(self, errors: Sequence[Exception], /) -> ExceptionGroup[Exception]:  # type: ignore[override] # the stub allows any group only
        """Return a plain group of some of the errors, for `split` and ``except*``."""
        return ExceptionGroup(self.message, errors)

    def __reduce__(self) -> tuple[type[RunFailedError], tuple[str, dict[Hashable, Any], list[Exception]]]:
        return (type(self), (self.message, self.failures, list(self.exceptions)))


def _held(error: BaseException) -> Exception:
    """Return *error*, held by an `Exception` if it is none."""
    if isinstance(error, Exception):
        return error
    held = RemoteError.named(type(error).__name__, message_of(error))
    held.__cause__ = error
    return held


def message_of(error: BaseException) -> str:
    """Return what *error* says, which its class may refuse to tell.

    >>> message_of(ValueError("no"))
    'no'
    """
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - an exception's own __str__ may raise anything
        return "(its message cannot be shown)"
