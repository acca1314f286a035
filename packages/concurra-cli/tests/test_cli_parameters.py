"""Arguments for factories: from texts to what annotations say."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from subprocess import CompletedProcess
from typing import Annotated, Any, Literal, NewType

import pytest
from concurra_cli.errors import TargetError
from concurra_cli.parameters import bound, converted
from concurra_cli.settings import Setting

UserId = NewType("UserId", int)


class Day(enum.Enum):
    MONDAY = "mon"
    TUESDAY = "tue"


@pytest.mark.parametrize(
    ("annotation", "texts", "value"),
    [
        (int, ["1", "2"], 2),
        (float, ["1e3"], 1000.0),
        (bool, ["Yes"], True),
        (bool, ["0"], False),
        (str, ["1"], "1"),
        (Any, ["x"], "x"),
        (Path, ["a/b"], Path("a/b")),
        (date, ["2026-11-25"], date(2026, 11, 25)),
        (Decimal, ["0.10"], Decimal("0.10")),
        (UserId, ["7"], 7),
        (Day, ["MONDAY"], Day.MONDAY),
        (Day, ["tue"], Day.TUESDAY),
        (Day, ["tuesday"], Day.TUESDAY),
        (Literal["a", 3], ["3"], 3),
        (int | None, ["none"], None),
        (int | None, ["4"], 4),
        (str | int, ["4"], 4),
        (int | str, ["x"], "x"),
        (list[int], ["1,2", "3"], [1, 2, 3]),
        (list, ["a,b"], ["a", "b"]),
        (Sequence[Path], ["a"], [Path("a")]),
        (tuple[int, ...], ["1,2"], (1, 2)),
        (tuple[int, str], ["1,x"], (1, "x")),
        (set[int], ["1,1"], {1}),
        (list[int] | None, ["1,2"], [1, 2]),
        (Annotated[int, "more"], ["5"], 5),
        (Path | None, ["none"], None),
        (Path | None, ["a", "None"], None),
        (None | str, ["null"], None),
        (bool | None, [""], None),
        (bool | None, ["no"], False),
        (list[str] | None, ["none"], None),
        (list[str] | None, ["a", "none"], ["a", "none"]),
        (Literal["none"] | None, ["none"], "none"),
        (Literal[True, False], ["true"], True),
        (Literal[True, False], ["False"], False),
        (Literal[True, "auto"], ["on"], True),
        (Literal["on", True], ["on"], "on"),
        (Literal[1, True], ["1"], 1),
    ],
)
def test_texts_become_what_annotations_say(annotation: object, texts: list[str], value: object) -> None:
    made = converted(annotation, texts)
    assert (made, type(made)) == (value, type(value))


def factory(  # type: ignore[no-untyped-def] # one parameter has no annotation, as users write
    number: int,
    names: Sequence[str] = (),
    *,
    day: Day = Day.MONDAY,
    plain=0.5,  # noqa: ANN001 - as users write
    call: Callable[[], int] | None = None,
) -> object:
    return (number, names, day, plain)


def call(function: Callable[..., object], said: dict[str, list[str]], source: str = "--param") -> object:
    return bound("t:f", function, {name: Setting(texts, source) for name, texts in said.items()})()


def test_arguments_are_bound_by_name() -> None:
    assert call(factory, {"number": ["4"], "names": ["a,b"], "plain": ["2"]}) == (
        4,
        ["a", "b"],
        Day.MONDAY,
        2.0,
    )
    assert call(lambda a, /, b=1, **rest: (a, b, rest), {"a": ["x"], "c": ["y"]}) == ("x", 1, {"c": "y"})
    assert call(factory, {"number": ["1"], "other": ["x"]}, "CONCURRA_PARAM") == (1, (), Day.MONDAY, 0.5)


class Touchy:
    """Can be compared with nothing."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        raise OSError("no")


def test_defaults_and_annotations_need_not_be_comparable() -> None:
    def touchy(number, /, text=Touchy(), some: Touchy() = 1):  # type: ignore[no-untyped-def, valid-type] # noqa: ANN001, ANN202, B008 - as users write
        return number

    assert call(touchy, {"number": ["4"]}) == "4"
    with pytest.raises(TargetError, match="parameter 'text' is Touchy, which cannot be made from text"):
        call(touchy, {"number": ["4"], "text": ["x"]})
    with pytest.raises(TargetError, match="cannot be called without its arguments: number;"):
        call(touchy, {})


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "t:f cannot be called without its arguments: number (int); say -p NAME=VALUE"),
        ({"numbr": ["1"]}, "t:f has no parameter 'numbr'; did you mean 'number'?"),
        ({"number": ["x"]}, "t:f: parameter 'number' must be int, not 'x': invalid literal for int"),
        (
            {"number": ["1"], "day": ["sun"]},
            "parameter 'day' must be Day, not 'sun': there are MONDAY, TUESDAY",
        ),
    ],
)
def test_what_does_not_fit_is_told(said: dict[str, list[str]], message: str) -> None:
    with pytest.raises(TargetError) as caught:
        call(factory, said)
    assert message in str(caught.value)


def test_a_type_that_no_text_makes_is_told() -> None:
    def needs(call: Callable[[], int]) -> None: ...

    with pytest.raises(TargetError, match="which cannot be made from text"):
        call(needs, {"call": ["x"]})


def test_a_factory_gets_what_the_command_line_says(
    data: Callable[..., dict[str, Any]], cli: Callable[..., CompletedProcess[str]]
) -> None:
    words = ["-p", "number=3", "-p", "names=a,b", "-p", "names=c", "-p", "day=tuesday", "-p", "deep=on"]
    results = data("run", "etl:counted", *words, "-p", "limit=none")["results"]
    assert results["said"]["result"] == "(3, ['a', 'b', 'c'], 'TUESDAY', True, None)"
    refused = cli("run", "etl", "-p", "number=3")
    assert (refused.returncode, "etl:flow is no function" in refused.stderr) == (2, True)
