"""What a user says, looked at where he says it: numbers of seconds, whole numbers, and their ranges."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Mapping
from typing import TypeVar

import attrs

from concurra_core.model.quoting import quoted

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


def whole_in(value: object) -> int | None:
    """Return *value* if it is an int and no bool, None if it is not; not all who say so are."""
    kind: type = type(value)
    if kind is bool or not issubclass(kind, int):
        return None
    return int.__int__(value)  # type: ignore[arg-type] # looked at just before


def number_in(value: object) -> float | None:
    """Return *value* if it is an int or a float and no bool, None if it is not."""
    kind: type = type(value)
    if issubclass(kind, float):
        return float.__float__(value)  # type: ignore[arg-type] # looked at just before
    return whole_in(value)


def items_in(name: str, value: Iterable[T]) -> tuple[T, ...]:
    """Return what the iterable *value* holds. What it raises meanwhile is raised, with a note on where it was given."""
    try:
        return tuple(value)
    except Exception as error:
        error.add_note(f"raised by what was given as {name}, when its items were taken")
        raise


def pairs_in(name: str, value: Mapping[K, V]) -> tuple[tuple[K, V], ...]:
    """Return what the mapping *value* holds, as pairs; otherwise as `items_in`."""
    try:
        return tuple(value.items())
    except Exception as error:
        error.add_note(f"raised by what was given as {name}, when its items were taken")
        raise


def attribute(value: object, name: str) -> object:
    """Return the attribute *name* of *value*, None if there is none, or if *value* raises when it is asked."""
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - a user's own __getattr__ may raise anything
        return None


def seconds(name: str, value: object) -> float | None:
    """Return *value* as a time limit in seconds; None stays None.

    Raises:
        TypeError: *value* is neither an int nor a float (a bool is neither here).
        ValueError: *value* is not above zero, or not finite.

    >>> seconds("timeout", 4), seconds("timeout", None)
    (4.0, None)
    """
    if value is None:
        return None
    number = number_in(value)
    if number is None:
        raise TypeError(f"{name} must be a number of seconds (int or float) or None, not {quoted(value)}")
    # The largest float, not infinity: an int may be finite and still too large for a float.
    if not 0 < number <= sys.float_info.max:
        raise ValueError(
            f"{name} must be above 0 and finite, in seconds, not {quoted(value)}; None means no limit"
        )
    return float(number)


def period(name: str, value: object) -> float:
    """Return *value* as seconds, 0 or more.

    Raises:
        TypeError: *value* is neither an int nor a float (a bool is neither here).
        ValueError: *value* is below zero, or not finite.

    >>> period("grace", 0)
    0.0
    """
    number = number_in(value)
    if number is None:
        raise TypeError(f"{name} must be a number of seconds (int or float), not {quoted(value)}")
    if not 0 <= number <= sys.float_info.max:
        raise ValueError(f"{name} must be 0 or more and finite, in seconds, not {quoted(value)}")
    return float(number)


def count(name: str, value: object, *, least: int = 0) -> int:
    """Return *value* as a whole number of at least *least*.

    Raises:
        TypeError: *value* is not an int (a bool is none here).
        ValueError: *value* is below *least*.

    >>> count("task_retries", 3)
    3
    """
    number = whole_in(value)
    if number is None:
        raise TypeError(f"{name} must be an int, not {quoted(value)}")
    if number < least:
        raise ValueError(f"{name} must be {least} or more, not {quoted(value)}")
    return number


def limit(name: str, value: object) -> float | None:
    """Return *value* as a time limit in seconds, where 0 is no time at all and infinity no limit, as None is.

    Raises:
        TypeError: *value* is neither an int nor a float (a bool is neither here).
        ValueError: *value* is below zero, or not a number.

    >>> limit("timeout", 0), limit("timeout", 1.5), limit("timeout", float("inf"))
    (0.0, 1.5, None)
    """
    if value is None:
        return None
    number = number_in(value)
    if number is None:
        raise TypeError(f"{name} must be a number of seconds (int or float) or None, not {quoted(value)}")
    if number == math.inf:
        return None
    if not 0 <= number <= sys.float_info.max:
        raise ValueError(
            f"{name} must be 0 or more, in seconds, not {quoted(value)}; math.inf means no limit"
        )
    return float(number)


def integer(name: str, value: object) -> int:
    """Return *value*, which must be a whole number.

    Raises:
        TypeError: it is none (a bool is none here).
    """
    number = whole_in(value)
    if number is None:
        raise TypeError(f"{name} must be an int, not {quoted(value)}")
    return number


def flag(name: str, value: object) -> bool:
    """Return *value*, which must be True or False.

    Raises:
        TypeError: it is neither.
    """
    if value is True or value is False:
        return value
    raise TypeError(f"{name} must be True or False, not {quoted(value)}")


def switch(name: str, value: object) -> bool:
    """Return whether *value* is a yes. 0, 1 and None, which older programs pass, mean what they always did.

    Raises:
        TypeError: it is neither a yes nor a no; a text is none.
    """
    return whole_in(value) == 1 if value is None or whole_in(value) in {0, 1} else flag(name, value)


def demands(name: str, value: object) -> tuple[tuple[str, int], ...]:
    """Return *value*, a mapping of names to whole numbers of at least 1, as sorted pairs.

    Raises:
        TypeError: it is no mapping, a name is not a str, or a number not an int.
        ValueError: a number is below 1, or a name empty.

    >>> demands("uses", {"gpu": 1, "db": 2})
    (('db', 2), ('gpu', 1))
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a mapping such as {{'db': 1}}, not {quoted(value)}")
    pairs = pairs_in(name, value)
    for key, number in pairs:
        if not isinstance(key, str):
            raise TypeError(f"{name} must map names (str) to whole numbers, but holds the name {quoted(key)}")
        if not key:
            raise ValueError(
                f"{name} holds an empty name, {quoted(key)}: {quoted(number)}; name what it is of, such as {{'db': 1}}"
            )
        count(f"{name}[{quoted(key)}]", number, least=1)
    return tuple(sorted(pairs))


def variables(name: str, value: object) -> dict[str, str]:
    """Return a copy of *value*, a mapping of the names of environment variables to their values.

    Raises:
        TypeError: it is not a mapping of str to str.
        ValueError: it holds what no environment can.

    >>> variables("env", {"LANG": "C"})
    {'LANG': 'C'}
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a mapping of str to str, not {quoted(value)}")
    pairs = pairs_in(name, value)
    for key, text in pairs:
        if not isinstance(key, str) or not isinstance(text, str):
            raise TypeError(f"{name} must map str to str, but holds {quoted(key)}: {quoted(text)}")
        if not key or "=" in key or unsuited(key + text) is not None:
            raise ValueError(f"{name} holds what no environment can: {quoted(key)}: {quoted(text)}")
    return dict(pairs)


def unsuited(text: str) -> str | None:
    r"""Return why *text* cannot be handed to a program, None if it can.

    >>> unsuited("a\0b"), unsuited("a\ud800b"), unsuited("plain")
    ('holds a null character', 'cannot be encoded', None)
    """
    if "\0" in text:
        return "holds a null character"
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return "cannot be encoded"
    return None


def words(name: str, value: object) -> tuple[str, ...]:
    """Return *value*, an iterable of str, as a tuple.

    Raises:
        TypeError: it is a single str, not iterable, or holds what is no str.

    >>> words("tags", ["nightly", "slow"])
    ('nightly', 'slow')
    """
    if isinstance(value, str):
        raise TypeError(
            f"{name} must be an iterable of str, not {quoted(value)}; write {name}=[{quoted(value)}]"
        )
    if not isinstance(value, Iterable):
        raise TypeError(f"{name} must be an iterable of str, not {quoted(value)}")
    texts = items_in(name, value)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{name} must hold str only, not {quoted(text)}")
    return texts


def ratio(name: str, value: object, *, most: float = sys.float_info.max) -> float:
    """Return *value* as a number of 0 to *most*.

    Raises:
        TypeError: *value* is neither an int nor a float (a bool is neither here).
        ValueError: *value* is below zero, or above *most*.

    >>> ratio("factor", 2)
    2.0
    """
    kind = "a finite number of 0 or more" if most == sys.float_info.max else f"a number from 0 to {most:g}"
    number = number_in(value)
    if number is None:
        raise TypeError(f"{name} must be {kind}, not {quoted(value)}")
    if not 0 <= number <= most:
        raise ValueError(f"{name} must be {kind}, not {quoted(value)}")
    return float(number)


def limit_field(_: object, field: attrs.Attribute[float | None], value: object) -> None:
    """Check a field that holds a time limit of zero or more, or None."""
    limit(field.name, value)


def period_field(_: object, field: attrs.Attribute[float], value: object) -> None:
    """Check a field that holds seconds, zero or more."""
    period(field.name, value)


def at_least_one(_: object, field: attrs.Attribute[int], value: object) -> None:
    """Check a field that holds a whole number of at least 1."""
    count(field.name, value, least=1)


def integer_field(_: object, field: attrs.Attribute[int], value: object) -> None:
    """Check a field that holds any whole number."""
    integer(field.name, value)


def flag_field(_: object, field: attrs.Attribute[bool], value: object) -> None:
    """Check a field that holds True or False."""
    flag(field.name, value)
