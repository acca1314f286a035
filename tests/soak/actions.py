"""What the tasks of a soak do. Importable, so that worker processes find them by name."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import NoReturn
from zlib import crc32

import concurra


def digest(label: str, *args: object) -> int:
    """Return what the task with *label* makes of *args*."""
    return crc32(repr((label, args)).encode())


async def digest_later(label: str, *args: object) -> int:
    await asyncio.sleep(0)
    return digest(label, *args)


def fail(label: str, *args: object) -> NoReturn:
    raise ValueError(f"as meant: {label}")


async def fail_later(label: str, *args: object) -> NoReturn:
    await asyncio.sleep(0)
    fail(label)


def flaky(label: str, attempts: int) -> int:
    """Return a value at the last of *attempts*."""
    if concurra.current_task().attempt < attempts:
        fail(label)
    return digest(label)


async def flaky_later(label: str, attempts: int) -> int:
    return flaky(label, attempts)


def mortal(label: str, attempts: int) -> int:
    """Return a value at the last of *attempts*; until then the worker dies."""
    if concurra.current_task().attempt < attempts:
        os.kill(os.getpid(), signal.SIGKILL)
    return digest(label)


def hang() -> NoReturn:
    while True:
        threading.Event().wait()


def hang_until_told(label: str, *args: object) -> int:
    """Hang until the time limit or an abort, as a good thread does."""
    concurra.current_task().cancelled.wait()
    return digest(label)


async def hang_later() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


def decline() -> NoReturn:
    raise concurra.Skip("not today")


def listed(count: int) -> list[int]:
    return list(range(count))


def square(number: int) -> int:
    return number * number


async def square_later(number: int) -> int:
    return number * number
