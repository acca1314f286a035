"""The traceback of the user's own code, without the way that led there."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from traceback import StackSummary, TracebackException

import concurra_core
from concurra_core import ConcurraError


def trace_of(error: BaseException) -> str:
    """Return the traceback of *error* without the frames that led to the user's code.

    Nor does it show the inside of the library where that refused something on purpose.
    """
    cut = ["<frozen importlib", _folder(importlib.__file__), _folder(__file__)]
    if isinstance(error, ConcurraError):
        cut.append(_folder(concurra_core.__file__))
    shown = TracebackException.from_exception(error)
    shown.stack = StackSummary.from_list(
        frame for frame in shown.stack if not frame.filename.startswith(tuple(cut))
    )
    return "".join(shown.format()).rstrip()


def _folder(file: str) -> str:
    return f"{Path(file).parent}{os.sep}"
