"""From what a user writes to the value of an option: the same for flags, variables and TOML."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from concurra_cli.options import CHOICE, COUNT, DURATION, LEVEL, PAIRS, PATH, PATTERNS, SWITCH, Option

# What an option can be; None is "no limit", or no path.
Value = object

_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off", ""})
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER: Final = r"(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?"
_PART: Final = re.compile(rf"({_NUMBER})(ms|s|m|h|d)")


def from_texts(option: Option, texts: Sequence[str]) -> Value:
    """Return the value that *texts* say, which came from the command line: several if an option may be repeated.

    Raises:
        ValueError: they say none.
    """
    if option.kind == LEVEL:
        return len(texts)
    if option.kind == PATTERNS:
        return [text for text in texts if text]  # an empty one takes back what was said elsewhere
    if option.kind == PAIRS:
        return _checked(option, _pairs(texts, bare=option.name == "env"))
    return _ONE[option.kind](option, texts[-1])


def from_variable(option: Option, text: str) -> Value:
    """Return the value that the environment variable *text* says. Several words are written as for a shell.

    Raises:
        ValueError: it says none.
    """
    if option.kind == LEVEL:
        return int(switch(text)) if text.lower() in _YES | _NO else whole(text, 0)
    if option.kind in {PATTERNS, PAIRS}:
        return from_texts(option, shlex.split(text))
    return _ONE[option.kind](option, text)


def from_toml(option: Option, value: object) -> Value:
    """Return the value that *value* says, which came from TOML.

    Raises:
        ValueError: it says none.
    """
    if option.kind == PATH and not value:
        raise ValueError("an empty path is none")
    if option.kind == PATTERNS and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return list(value)
    if option.kind == PAIRS and isinstance(value, dict):
        return _checked(option, {key: _texts_of(item) for key, item in value.items()})
    if isinstance(value, bool) and option.kind in {SWITCH, LEVEL}:
        return value if option.kind == SWITCH else int(value)
    plain = isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool))
    if option.kind == PAIRS or not plain:
        raise ValueError(f"{value!r} is not {_WANTED[option.kind]}")
    return from_variable(option, str(value)) if option.kind != PATTERNS else [str(value)]


def switch(text: str) -> bool:
    """Return the yes or no that *text* says.

    >>> switch("on"), switch("False")
    (True, False)
    """
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError(f"{text!r} is neither yes nor no: say true or false")
    return word in _YES


def whole(text: str, least: int) -> int:
    """Return the whole number that *text* says, which must be at least *least*."""
    try:
        number = int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None
    if number < least:
        raise ValueError(f"{text!r} is below {least}")
    return number


def duration(text: str) -> float | None:
    """Return the seconds that *text* says; None for no limit.

    >>> duration("90"), duration("1h30m"), duration("250ms"), duration("none")
    (90.0, 5400.0, 0.25, None)
    """
    word = text.strip().lower()
    if word == "none":
        return None
    whole_text = f"{word}s" if re.fullmatch(_NUMBER, word) else word
    parts = _PART.findall(whole_text)
    seconds: float = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not parts or "".join(number + unit for number, unit in parts) != whole_text:
        raise ValueError(f"{text!r} is not a time: say 90, 90s, 5m, 1h30m, or none for no limit")
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text!r} is no time at all; say none for no limit")
    return seconds


def duration_text(seconds: float | None) -> str:
    """Return what says *seconds*, to the last digit and without an exponent.

    >>> duration_text(90.0), duration_text(12345678.25), duration_text(1e-7), duration_text(None)
    ('90', '12345678.25', '0.0000001', 'none')
    """
    return "none" if seconds is None else format(Decimal(repr(seconds)), "f").removesuffix(".0")


def _choice(option: Option, text: str) -> str:
    if text not in option.choices:
        raise ValueError(f"{text!r} is none of {', '.join(option.choices)}")
    return text


def _pairs(texts: Sequence[str], *, bare: bool) -> dict[str, list[str | None]]:
    """Return the pairs; where keys may be *bare*, None for the value of one that is."""
    found: dict[str, list[str | None]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not (equals or bare):
            raise ValueError(f"{text!r} is not KEY=VALUE")
        found.setdefault(key, []).append(value if equals else None)
    return found


def _texts_of(value: object) -> list[str | None]:
    items = value if isinstance(value, list) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in items]


def _checked(option: Option, pairs: dict[str, list[str | None]]) -> Mapping[str, object]:
    """Return *pairs* as the option wants them: of parameters all texts, of the others the last."""
    if option.name == "param":
        return pairs
    if option.name == "limit":
        return {key: whole(texts[-1] or "", 1) for key, texts in pairs.items()}
    for key, texts in pairs.items():
        if "\0" in key + (texts[-1] or "") or "=" in key:
            raise ValueError(f"{key!r} cannot be set in an environment")
    return {key: texts[-1] for key, texts in pairs.items()}


_ONE: Final[Mapping[str, Callable[[Option, str], Value]]] = {
    COUNT: lambda option, text: whole(text, option.least),
    DURATION: lambda option, text: duration(text),
    SWITCH: lambda option, text: switch(text),
    CHOICE: _choice,
    PATH: lambda option, text: text or None,  # an empty one takes back what was said elsewhere
}
_WANTED: Final = {
    COUNT: "a whole number",
    DURATION: 'a time such as 90 or "5m"',
    SWITCH: "true or false",
    LEVEL: "true, false or a whole number",
    PATTERNS: "a list of texts",
    PAIRS: "a table",
    CHOICE: "a text",
    PATH: "a text",
}
