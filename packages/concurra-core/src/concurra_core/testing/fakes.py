"""`Fake`: what a task does in a simulation instead of what it would do."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final, TypedDict

import attrs

from concurra_core.model.checks import count, period
from concurra_core.model.command import Command
from concurra_core.model.quoting import quoted
from concurra_core.testing.errors import FakeFailure


class Part(Enum):
    """What one attempt of a faked task comes to."""

    HANG = auto()
    CRASH = auto()
    FAIL = auto()
    PLAY = auto()  # whatever comes after the mishaps


class _Unsaid(Enum):
    """The place of a value that was not given, where None is one."""

    UNSAID = auto()

    def __repr__(self) -> str:
        return "<not said>"


UNSAID: Final = _Unsaid.UNSAID


class FakeOptions(TypedDict, total=False):
    """The keywords of `Simulation.fake` and of `Fake`, which says what they mean."""

    then: object
    call: Callable[..., object] | None
    raises: BaseException | type[BaseException] | None
    fails: int | bool | None
    crashes: int | bool
    hangs: int | bool
    takes: float | None


def _attempts(name: str, value: int | bool) -> int | bool:
    return value if value is True or value is False else count(name, value)


def _fails(value: int | bool | None) -> int | bool | None:
    return None if value is None else _attempts("fails", value)


def _crashes(value: int | bool) -> int | bool:
    return _attempts("crashes", value)


def _hangs(value: int | bool) -> int | bool:
    return _attempts("hangs", value)


def _call(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if value is not None and not callable(value):
        raise TypeError(f"{field.name} must be callable, not {quoted(value)}; a value goes into then=")


def _raises(_: object, field: attrs.Attribute[Any], value: object) -> None:
    given = value() if isinstance(value, type) and issubclass(value, BaseException) else value
    if given is not None and not isinstance(given, BaseException):
        raise TypeError(f"{field.name} must be an exception or the type of one, not {quoted(value)}")


def _takes(_: object, field: attrs.Attribute[float | None], value: object) -> None:
    if value is not None:
        period(field.name, value)


@attrs.frozen(kw_only=True)
class Fake:
    """What a task does in place of its own function, or before it.

    Mishaps come first, each for a number of attempts, or True for every one: those that hang, then those that crash,
    then those that fail. So ``hangs=1, fails=2`` goes well in the fourth attempt. What is not said stays as it is:
    without *then* and *call* the task's own function runs; a command, which never does, exits with 0 and no output.

    Args:
        then: the value of an attempt that goes well.
        call: called with the task's arguments in place of its function.
        raises: what attempts that fail raise, an exception or its type; `FakeFailure` if nothing is said. All do,
            unless *fails* says how many.
        fails: how many attempts raise.
        crashes: how many attempts lose their worker.
        hangs: how many attempts never end by themselves: only a time limit, an abort, a halt or a deadline ends them.
        takes: virtual seconds of each attempt that ends by itself; by default the task's `expected_seconds` if it
            declares them, else none.

    Raises:
        TypeError: an argument is of the wrong type, or *then* and *call* are both given.
        ValueError: an argument is out of its range, or nothing ever comes to *then* or *call*.

    >>> from concurra_core import Workflow
    >>> from concurra_core.testing import simulate
    >>> flow = Workflow()
    >>> task = flow.add(input, label="ask")
    >>> simulate(flow, {"ask": Fake(then="yes", takes=60)}).report[task].value
    'yes'
    """

    then: object = UNSAID
    call: Callable[..., object] | None = attrs.field(default=None, validator=_call)
    raises: BaseException | type[BaseException] | None = attrs.field(default=None, validator=_raises)
    fails: int | bool | None = attrs.field(default=None, converter=_fails)
    crashes: int | bool = attrs.field(default=False, converter=_crashes)
    hangs: int | bool = attrs.field(default=False, converter=_hangs)
    takes: float | None = attrs.field(default=None, validator=_takes)

    def __attrs_post_init__(self) -> None:
        if self.then is not UNSAID and self.call is not None:
            raise TypeError("a fake has a value (then=...) or a function (call=...), not both")
        goes_well = not any(number is True for number in _mishaps(self))
        if (self.then is not UNSAID or self.call is not None) and not goes_well:
            raise ValueError(
                "the fake never goes well, so it never comes to its then= or call=; "
                "say how many attempts do not, such as fails=2"
            )


def part_of(fake: Fake, attempt: int) -> Part:
    """Return what *attempt*, counted from 1, comes to.

    >>> [part_of(Fake(hangs=1, fails=2), attempt).name for attempt in (1, 2, 3, 4)]
    ['HANG', 'FAIL', 'FAIL', 'PLAY']
    """
    for part, number in zip(Part, _mishaps(fake), strict=False):
        if number is True or attempt <= number:
            return part
        attempt -= number
    return Part.PLAY


def failing(fake: Fake) -> Callable[..., object]:
    """Return what raises what the attempts of *fake* do that fail."""

    def fail(*args: object, **kwargs: object) -> object:
        raise FakeFailure("its fake fails") if fake.raises is None else fake.raises

    return fail


def standing_for(fake: Fake, call: Callable[..., object]) -> Callable[..., object]:
    """Return what an attempt of *fake* that goes well calls in place of *call*."""
    if fake.call is not None:
        return fake.call
    if fake.then is not UNSAID:
        return lambda *args, **kwargs: fake.then
    return _exits(call) if isinstance(call, Command) else call


def _mishaps(fake: Fake) -> tuple[int, int, int]:
    always = fake.raises is not None
    return fake.hangs, fake.crashes, always if fake.fails is None else fake.fails


def _exits(command: Command) -> Callable[..., object]:
    """Return what *command* comes to if it does nothing."""
    output = b"" if command.capture_output else None
    return lambda: command.result(0, output, output)
