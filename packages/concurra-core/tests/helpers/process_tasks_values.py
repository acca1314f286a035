"""Tasks that take and give values of every kind. Importable, so that workers find them by name."""

from __future__ import annotations

import functools
import pickle
import threading
from typing import Any


class Buffer:
    """A large block of memory that travels apart from its pickle."""

    def __init__(self, data: bytearray) -> None:
        self.data = data

    def __reduce_ex__(self, protocol: object) -> tuple[type[Buffer], tuple[pickle.PickleBuffer]]:
        return Buffer, (pickle.PickleBuffer(self.data),)


class Account:
    """Has methods, and can be called."""

    kind = "current"

    def __init__(self, balance: int = 0) -> None:
        self.balance = balance

    def plus(self, amount: int, *, fee: int = 0) -> int:
        return self.balance + amount - fee

    @classmethod
    def named(cls) -> str:
        return cls.kind

    @staticmethod
    def rate() -> float:
        return 0.5

    def __call__(self, amount: int) -> int:
        return self.balance * amount


class Unbound:
    """A proxy to what is not there now: whoever asks what it is gets an error."""

    @property  # type: ignore[misc] # as proxies do it, which types do not foresee
    def __class__(self) -> type:
        raise RuntimeError("nothing is bound here")


class Stands:
    """A proxy that says it is what it stands for."""

    def __init__(self, other: object) -> None:
        self.other = other

    @property  # type: ignore[misc] # as above
    def __class__(self) -> type:
        return type(self.other)


class Holder:
    """Cannot be pickled, because of what it holds."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


def reverse(buffer: Buffer) -> Buffer:
    """Change a buffer in place, which must be the task's own, and return it."""
    buffer.data.reverse()
    return buffer


@functools.lru_cache
def cached(number: int) -> int:
    return number * number


def increment(values: list[int]) -> list[int]:
    return [*values, len(values)]


def grow(block: bytes) -> bytes:
    return block + b"x"


def block(number: int, size: int) -> bytes:
    return bytes([number % 256]) * size


def keywords(*args: object, label: str, task: int, **others: object) -> tuple[object, ...]:
    return args, label, task, sorted(others)


def nothing(*args: Any, **kwargs: Any) -> None:
    """Take whatever comes."""


def raise_with_cause() -> None:
    try:
        int("missing")
    except ValueError as error:
        raised = LookupError("outer")
        raised.add_note("a note for the reader")
        raise raised from error


def raise_group() -> None:
    raise ExceptionGroup("several", [ValueError("one of them"), TypeError("another")])


def append(target: list[int]) -> list[int]:
    target.append(len(target))
    return target


_inside: list[str] = []


def fill() -> None:
    _inside.append("filled")


def filled(number: int) -> tuple[str, int]:
    return _inside[0], number
