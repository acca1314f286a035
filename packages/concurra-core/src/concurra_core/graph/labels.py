"""Labels as users give them: one, or many for an option that takes many."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final

from concurra_core.model.checks import items_in
from concurra_core.model.outcome import describe
from concurra_core.model.quoting import quoted
from concurra_core.model.ref import Ref

# Iterable or not, these are one label, and never meant as many. Written once: a union costs as much as a call.
_SINGLE: Final = (str, bytes, Ref)


def unhashable(label: object, error: Exception) -> TypeError:
    """Return what to raise for *label*, which raised *error* when it was looked up."""
    why = "" if isinstance(error, TypeError) else f", whose hash or comparison raised {describe(error)}"
    return TypeError(f"label must be hashable, not {quoted(label)}{why}; use a str or an int")


def labels_of(depends_on: Iterable[Hashable], name: str = "depends_on") -> tuple[Hashable, ...]:
    """Return the labels and refs in *depends_on*, an option that errors call *name*.

    Raises:
        TypeError: it is a single str, bytes or `Ref`, or not iterable.

    >>> labels_of(["a", ("b", 1)])
    ('a', ('b', 1))
    """
    if type(depends_on) in (list, tuple):  # hide nothing, and are what is mostly given
        return tuple(depends_on)
    if isinstance(depends_on, _SINGLE):
        raise TypeError(
            f"{name} must be an iterable of labels, not {quoted(depends_on)}; write {name}=[{quoted(depends_on)}]"
        )
    if not isinstance(depends_on, Iterable):
        raise TypeError(f"{name} must be an iterable of labels, not {quoted(depends_on)}")
    return items_in(name, depends_on)
