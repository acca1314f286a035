"""What a sink may be given to write to, and what that leads to."""

from __future__ import annotations

import logging
import os
from typing import TextIO, TypeAlias, TypeGuard

from concurra_logging.checks import attribute, check_text_stream, is_stream
from concurra_logging.outlets import FileOutlet, Outlet, StderrOutlet, StreamOutlet
from concurra_logging.plain import quoted
from concurra_logging.voices import StructLogger

Target: TypeAlias = str | os.PathLike[str] | TextIO | logging.Logger | StructLogger


def opened(target: object) -> tuple[logging.Logger | StructLogger | None, Outlet | None]:
    """Return the logger or the outlet that *target* is or leads to.

    Raises:
        TypeError: it is neither.
        ValueError: it is a stream that cannot be written to, or can be the name of no file.
        OSError: it is a file that cannot be opened.
    """
    if target is None:
        return None, StderrOutlet()
    if isinstance(target, str | os.PathLike):
        return None, FileOutlet(target)
    if isinstance(target, logging.Logger):
        return target, None
    if _is_struct_logger(target):
        return target, None
    if is_stream(target):
        check_text_stream(target, "target")
        return None, StreamOutlet(target)  # type: ignore[arg-type] # looked at just above
    raise TypeError(
        f"target must be a path, a text stream, a logging.Logger or a logger of structlog, not {quoted(target)}"
    )


def _is_struct_logger(target: object) -> TypeGuard[StructLogger]:
    methods = (attribute(target, name) for name in ("bind", "info", "warning", "error"))
    return not isinstance(target, type) and all(callable(method) for method in methods)
