"""The short name of `concurra_core`: the same objects, loaded when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import concurra_core
from concurra_core import __all__ as __all__

if TYPE_CHECKING:
    from concurra_core import *  # noqa: F403 - for type checkers; at run time names load one by one

    __version__: str


def __getattr__(name: str) -> object:
    try:
        value: object = getattr(concurra_core, name)
    except AttributeError:
        if name in __all__:  # what it needs is not there: a file of the program's hides it
            raise
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
