"""Tasks of one line."""

from __future__ import annotations


def value(number: int = 1) -> int:
    return number


def boom(*_: object) -> int:
    raise ValueError("no")


def double(number: int) -> int:
    return 2 * number


def divide(a: int, b: int) -> float:
    return a / b
