"""What is wrong with a workflow, found without running it: every problem at once, each in words of its own."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import attrs

from concurra_core.backends.parcels import Packer
from concurra_core.backends.worker.columns import Columns
from concurra_core.graph.demands import impossible
from concurra_core.graph.picture import Picture, picture_of
from concurra_core.graph.plan import countdown
from concurra_core.graph.registry import Registry
from concurra_core.model.command import Command
from concurra_core.model.errors import CycleError, TransferError
from concurra_core.model.hints import unknown_lines, with_known
from concurra_core.model.options import Lane, TaskOptions
from concurra_core.model.quoting import quoted
from concurra_core.model.ref import is_ref
from concurra_core.model.task import Task
from concurra_core.reporting.wording import task_name

ProblemKind: TypeAlias = Literal["unknown", "cycle", "limit", "arguments", "pickle"]

_NAMED: Final = 5  # tasks with the same problem that its message names; `labels` has them all
_CONTAINERS: Final = (list, tuple, set, frozenset, dict)
_ENOUGH: Final = sys.maxsize  # of what nobody has said how much there is


@attrs.frozen(kw_only=True)
class Problem:
    """Something that keeps a workflow, or a task of it, from running. ``str`` of it is the message.

    Args:
        kind: "unknown": a label in ``after`` that nobody has added; "cycle": tasks that wait for one another;
            "limit": more cpus, or more of a named limit, than there is; "arguments": a function that cannot be called
            with what it is given, or a ref in a container, where it is not looked for; "pickle": a function or an
            argument that cannot be sent to a worker process.
        labels: the tasks that have the problem. Of a cycle, one whole ring: the first label is repeated at the end.
        message: the problem in one sentence.
    """

    kind: ProblemKind
    labels: tuple[Hashable, ...]
    message: str

    def __str__(self) -> str:
        return self.message


def problems_of(
    registry: Registry,
    made: Mapping[int, TaskOptions],
    *,
    slots: int | None,
    limits: Mapping[str, int] | None,
) -> list[Problem]:
    """Return all problems of *registry*.

    Args:
        registry: the graph.
        made: the options that hold in a run, by the id of those that tasks have, where they are others.
        slots: most tasks running at once; None if that is not known.
        limits: the named limits of a run; None if they are not known.
    """
    with registry.lock:
        tasks = [task.fresh() for task in registry.tasks]
        spreads = dict(registry.spreads)
        callers = [task for task in tasks if task.index in spreads or task.index not in registry.joins]
        picture = picture_of(registry)
        unknown = registry.unknown()
        known = tuple(registry.labels())
        limits = None if limits is None else {**limits, **registry.limits}
    for task in tasks:
        item = spreads.get(task.index, task.options)
        task.options = made.get(id(item), item)
    return [
        *_strangers([(tasks[index].label, label) for index, label in unknown], known),
        *_rings(picture),
        *_shortages(tasks, slots, limits),
        *_gathered("arguments", callers, _Arity()),
        *_gathered("arguments", callers, _hidden_ref),
        *_gathered("pickle", [task for task in callers if task.options.lane is Lane.PROCESS], _Freight()),
    ]


def _strangers(unknown: Sequence[tuple[Hashable, Hashable]], known: Sequence[Hashable]) -> Iterator[Problem]:
    for (label, _), line in zip(unknown, unknown_lines(unknown, known), strict=True):
        yield Problem(kind="unknown", labels=(label,), message=with_known(line, known))


def _rings(picture: Picture) -> Iterator[Problem]:
    successors = picture.successors()
    flow = countdown(successors, [len(edges) for edges in picture.into()])
    knotted = set(range(len(picture.nodes))).difference(flow)
    if not knotted:
        return
    # networkx names the rings; where there are none, it is not imported.
    from concurra_core.graph.validate import rings

    for ring in rings(successors, knotted):
        labels = tuple(picture.nodes[index].label for index in ring)
        yield Problem(kind="cycle", labels=labels, message=str(CycleError([labels])))


def _shortages(
    tasks: Sequence[Task], slots: int | None, limits: Mapping[str, int] | None
) -> Iterator[Problem]:
    if limits is None:
        limits = {name: _ENOUGH for task in tasks for name, _ in task.options.uses}
    for options, text in impossible(tasks, {}, _ENOUGH if slots is None else slots, limits):
        labels = tuple(task.label for task in tasks if task.options is options)
        yield Problem(kind="limit", labels=labels, message=_with_others(text, labels))


def _gathered(
    kind: ProblemKind, tasks: Sequence[Task], complaint: Callable[[Task], str | None]
) -> Iterator[Problem]:
    """Yield a problem for each different *complaint* of *tasks*: a map over a thousand items has one."""
    groups: dict[tuple[int, str], list[Task]] = {}
    for task in tasks:
        text = complaint(task)
        if text is not None:
            groups.setdefault((id(task.call), text), []).append(task)
    for (_, text), group in groups.items():
        labels = tuple(task.label for task in group)
        message = _with_others(f"task {quoted(labels[0])}: {text}", labels)
        yield Problem(kind=kind, labels=labels, message=message)


def _with_others(text: str, labels: Sequence[Hashable]) -> str:
    """Return *text*, which is about the first of *labels*, and what others it holds for."""
    others = labels[1:]
    if not others:
        return text
    hidden = len(others) - _NAMED
    more = f" and {hidden} more" if hidden > 0 else ""
    return f"{text} (the same holds for {', '.join(map(quoted, others[:_NAMED]))}{more})"


class _Arity:
    """Tell what is wrong with the arguments of a task, by the signature of its function, which is read once."""

    def __init__(self) -> None:
        self._signatures: dict[int, inspect.Signature | None] = {}

    def __call__(self, task: Task) -> str | None:
        call = task.call
        if id(call) not in self._signatures:
            self._signatures[id(call)] = _signature_of(call)
        signature = self._signatures[id(call)]
        if signature is None:
            return None
        try:
            signature.bind(*task.args, **(task.kwargs or {}))
        except TypeError as error:
            return f"{task_name(call)}{_bare(signature)} cannot be called with what it is given: {error}"
        return None


def _hidden_ref(task: Task) -> str | None:
    """Tell of a ref in a container among the arguments of *task*, where nobody looks for it."""
    for place, arg in enumerate(task.args):
        if not issubclass(type(arg), _CONTAINERS):  # told by its type: see `is_ref`
            continue
        held: Any = arg  # Any: a container, which a test of its type does not tell mypy
        ref = next(
            (item for item in (held.values() if isinstance(held, dict) else held) if is_ref(item)), None
        )
        if ref is not None:
            return (
                f"argument {place} holds {quoted(ref)} in a {type(arg).__name__}, where the task gets the ref and not "
                "the result; hand over what flow.gather([...]) returns, or the ref itself"
            )
    return None


def _signature_of(call: Callable[..., object]) -> inspect.Signature | None:
    """Return the signature of *call*, None if there is none to be had: many functions written in C tell none."""
    if isinstance(call, Command):
        return None
    try:
        return inspect.signature(call)
    except Exception:  # noqa: BLE001 - a callable's own attributes may raise anything
        return None


def _bare(signature: inspect.Signature) -> inspect.Signature:
    """Return *signature* without types and defaults, which may be long."""
    empty = inspect.Parameter.empty
    bare = [part.replace(annotation=empty, default=empty) for part in signature.parameters.values()]
    return signature.replace(parameters=bare, return_annotation=empty)


class _Freight:
    """Tell what of a task cannot be sent to a worker process, in the run's words. What refs stand for is not known."""

    def __init__(self) -> None:
        self._packer = Packer(_without_refs)
        self._calls: dict[int, str | None] = {}

    def __call__(self, task: Task) -> str | None:
        call = task.call
        if id(call) not in self._calls:
            alone: Any = {"args": (), "kwargs": None}
            self._calls[id(call)] = self._refused(attrs.evolve(task, **alone))
        return self._calls[id(call)] or self._refused(task)

    def _refused(self, task: Task) -> str | None:
        try:
            self._packer.pack(task, {}, Columns())
        except TransferError as error:
            return str(error)
        return None


def _without_refs(task: Task) -> tuple[object, ...]:
    return tuple(None if is_ref(arg) else arg for arg in task.args)
