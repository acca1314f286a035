"""Tasks that are not at fault."""

from __future__ import annotations

import threading
from typing import NoReturn


def square(number: int) -> int:
    return number * number


def wait() -> NoReturn:
    while True:
        threading.Event().wait()
