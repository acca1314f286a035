"""When failures stop the whole run: `Halt`, frozen and checked at the door."""

from __future__ import annotations

from typing import Self

import attrs

from concurra_core.model.checks import count, flag_field
from concurra_core.model.checks import ratio as checked_ratio


def _failures(_: object, field: attrs.Attribute[int | None], value: object) -> None:
    if value is not None:
        count(field.name, value, least=1)


def _ratio(_: object, field: attrs.Attribute[float | None], value: object) -> None:
    if value is not None:
        checked_ratio(field.name, value, most=1.0)


def _or_first(failures: int | None, ratio: float | None) -> int | None:
    """Return how many failures stop a run: the first one, if nothing is said."""
    return 1 if failures is None and ratio is None else failures


@attrs.frozen
class Halt:
    """A rule for stopping a run because of failures. Made by `never`, `soon` and `now`.

    Only failures of their own count: a task that raised, ran over its limit or whose worker died. What was skipped
    because of it does not, nor does a task that is allowed to fail.

    Args:
        failures: stop at this many failures, None if their number does not matter.
        ratio: stop when more than this share of all tasks has failed, None if it does not matter.
        stops_running: end what runs as well; otherwise it may finish, and nothing new starts.

    >>> Halt.now().failures, Halt.soon(failures=3).stops_running, Halt.never().failures
    (1, False, None)
    """

    failures: int | None = attrs.field(validator=_failures)
    ratio: float | None = attrs.field(validator=_ratio)
    stops_running: bool = attrs.field(validator=flag_field)

    @classmethod
    def never(cls) -> Self:
        """Go on whatever fails: what does not depend on a failure runs."""
        return cls(None, None, stops_running=False)

    @classmethod
    def soon(cls, failures: int | None = None, *, ratio: float | None = None) -> Self:
        """Start nothing more after *failures* (1 by default), or when more than *ratio* of all tasks has failed.

        Raises:
            TypeError: an argument is of the wrong type.
            ValueError: an argument is out of its range.
        """
        return cls(_or_first(failures, ratio), ratio, stops_running=False)

    @classmethod
    def now(cls, failures: int | None = None, *, ratio: float | None = None) -> Self:
        """Stop everything, what runs too, after *failures* (1 by default) or beyond *ratio*.

        Raises:
            TypeError: an argument is of the wrong type.
            ValueError: an argument is out of its range.
        """
        return cls(_or_first(failures, ratio), ratio, stops_running=True)


def strikes(halt: Halt, failures: int, total: int) -> bool:
    """Return whether *failures* of *total* tasks are too many for *halt*.

    >>> strikes(Halt.now(ratio=0.05), 5, 100), strikes(Halt.now(ratio=0.05), 6, 100)
    (False, True)
    """
    if halt.failures is not None and failures >= halt.failures:
        return True
    return halt.ratio is not None and failures > halt.ratio * total


NEVER = Halt.never()
FAIL_FAST = (
    Halt.now()
)  # the very object stands for `fast_fail`: results name it, where they say "halted" else
