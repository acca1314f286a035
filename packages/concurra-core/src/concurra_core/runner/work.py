"""The tuples that `add_work` takes, looked at before any of them is added."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from concurra_core.graph.registry import WorkItem
from concurra_core.model.checks import items_in, pairs_in
from concurra_core.model.quoting import quoted
from concurra_core.runner.where import lane_of

_MOST = 4


def work_item(place: str, item: Sequence[object]) -> WorkItem:
    """Return *item* as ``(f, args, kwargs, label)``; *place* is what errors call it.

    Raises:
        TypeError: the item or a part of it is of the wrong type.
        ValueError: it has no or too many parts.

    >>> work_item("work[0]", (len, ["abc"]))
    (<built-in function len>, ('abc',), None, None)
    """
    if not isinstance(item, tuple | list):
        raise TypeError(f"{place} must be a tuple (f, args, kwargs, label), not {quoted(item)}")
    if not 1 <= len(item) <= _MOST:
        raise ValueError(
            f"{place} must have 1 to {_MOST} parts (f, args, kwargs, label), not {len(item)}: {quoted(item)}"
        )
    f, args, kwargs, label = [*item, None, None, None][:_MOST]
    if not callable(f):
        raise TypeError(f"{place}: task must be callable, not {quoted(f)}")
    try:
        lane_of(f)
    except TypeError as error:
        raise TypeError(f"{place}: {error}") from None
    return f, _positional(place, args), _named(place, kwargs), _hashable(place, label)


def _positional(place: str, args: object) -> tuple[object, ...]:
    if args is None:
        return ()
    if isinstance(args, str | bytes) or not isinstance(args, Iterable):
        raise TypeError(
            f"{place}: args must be an iterable of arguments, such as ({quoted(args)},), not {quoted(args)}"
        )
    return items_in(f"{place}: args", args)


def _named(place: str, kwargs: object) -> dict[str, object] | None:
    if kwargs is None:
        return None
    if not isinstance(kwargs, Mapping):
        raise TypeError(f"{place}: kwargs must be a mapping of names to arguments, not {quoted(kwargs)}")
    pairs = pairs_in(f"{place}: kwargs", kwargs)
    for name, _ in pairs:
        if not isinstance(name, str):
            raise TypeError(f"{place}: kwargs must have str keys, not {quoted(name)}")
    return dict(pairs)


def _hashable(place: str, label: object) -> Hashable:
    try:
        hash(label)
    except Exception as error:
        raise TypeError(
            f"{place}: label must be hashable, not {quoted(label)}; use a str or an int"
        ) from error
    return label
