"""Where log lines go: the user's logger, or stderr where nobody has configured logging."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from typing import Final, Protocol

import attrs

from concurra_core.model.checks import attribute
from concurra_core.model.outcome import describe
from concurra_core.model.quoting import quoted
from concurra_core.reporting.wording import harmless

_FORMATTER: Final = logging.Formatter(logging.BASIC_FORMAT)


class LoggerLike(Protocol):
    """A `logging.Logger`, a `logging.LoggerAdapter`, a structlog logger: whatever has these three."""

    def info(self, message: str, /) -> object: ...
    def warning(self, message: str, /) -> object: ...
    def error(self, message: str, /) -> object: ...


def checked_logger(logger: object) -> LoggerLike:
    """Return *logger*, or the library's own if it is None; no handler is ever added to it.

    Raises:
        TypeError: *logger* lacks `info`, `warning` or `error`.
    """
    if logger is None:
        return logging.getLogger("concurra.core")
    for method in ("info", "warning", "error"):
        if not callable(attribute(logger, method)):
            raise TypeError(f"logger must have the methods info, warning and error, not {quoted(logger)}")
    return logger  # type: ignore[return-value] # checked just above


@attrs.frozen
class LogOut:
    """Write lines to *logger*, whatever it does: a logger that raises never harms a run.

    Where no handler is set from the logger up to the root and no level on it below the root, a line goes to
    stderr as `logging.basicConfig` would format it, by a handler that is attached to nothing.
    """

    logger: LoggerLike

    def enabled(self, level: int) -> bool:
        """Return whether a line of *level* would be seen by anybody."""
        if self._unconfigured() is not None:
            return True
        try:
            asked = getattr(self.logger, "isEnabledFor", None)
            return asked is None or bool(asked(level))
        except Exception:  # noqa: BLE001 - a logger that raises is told of when it is written to
            return True

    def write(self, level: int, text: str) -> None:
        """Write *text* at *level*: `logging.INFO`, `logging.WARNING` or `logging.ERROR`; no terminal obeys it."""
        text = harmless(text)
        try:
            bare = self._unconfigured()
            if bare is not None:
                _last_resort(bare, level, text)
            elif level >= logging.ERROR:
                self.logger.error(text)
            elif level >= logging.WARNING:
                self.logger.warning(text)
            else:
                self.logger.info(text)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
                raise  # the user's Ctrl-C, not the handler's doing
            _last_resort(
                logging.getLogger("concurra.core"),
                logging.ERROR,
                f"the logger {quoted(self.logger)} raised {describe(error)} on the line: {text}",
            )

    def _unconfigured(self) -> logging.Logger | None:
        """Return the stdlib logger behind this one if nobody has configured logging for it."""
        logger: object = self.logger
        while isinstance(logger, logging.LoggerAdapter):
            logger = logger.logger
        if not isinstance(logger, logging.Logger) or logger.hasHandlers():
            return None
        above: logging.Logger | None = logger
        while above is not None and above.parent is not None:
            if above.level != logging.NOTSET:
                return None
            above = above.parent
        return logger


def _last_resort(logger: logging.Logger, level: int, text: str) -> None:
    """Write a record to the stderr of this moment, unless logging of *level* is switched off."""
    if logger.disabled or logger.manager.disable >= level or sys.stderr is None:
        return
    record = logger.makeRecord(logger.name, level, __file__, 0, text, (), None)
    # There is nobody left to tell that stderr is closed, or that a filter raised.
    with suppress(Exception):
        if logger.filter(record):
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(_FORMATTER)
            handler.handle(record)
