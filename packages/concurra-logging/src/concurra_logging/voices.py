"""How one run is told: as lines of JSON, or through a logger of structlog or the standard library."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final, Protocol

from concurra_core import SCHEMA_VERSION, Event

from concurra_logging.fields import Fields, fields_of
from concurra_logging.moment import Stamper
from concurra_logging.tally import Progress

_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_TAKEN: Final = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime"})


class StructLogger(Protocol):
    """What is needed of a logger of structlog."""

    def bind(self, **values: object) -> StructLogger: ...
    def info(self, event: str, /, **values: object) -> object: ...
    def warning(self, event: str, /, **values: object) -> object: ...
    def error(self, event: str, /, **values: object) -> object: ...


class StructVoice:
    """Tell a logger of structlog: its processors decide what becomes of it."""

    def __init__(
        self,
        logger: StructLogger,
        common: Mapping[str, object],
        *,
        trace: bool,
        stamp: Stamper,
    ) -> None:
        self._logger = logger.bind(schema=SCHEMA_VERSION, **common)
        self._trace = trace
        self._stamp = stamp

    def tell(self, event: Event | Progress) -> None:
        level, name, fields = fields_of(event, trace=self._trace)
        timestamp = self._stamp(event.wall)
        getattr(self._logger, level)(name, timestamp=timestamp, **fields)


class StdlibVoice:
    """Tell a logger of the standard library: the name of the event is the message, the fields are attributes."""

    def __init__(
        self,
        logger: logging.Logger,
        common: Mapping[str, object],
        *,
        trace: bool,
        stamp: Stamper,
    ) -> None:
        self._logger = logger
        self._common = {"schema": SCHEMA_VERSION, **common}
        self._trace = trace
        self._stamp = stamp

    def tell(self, event: Event | Progress) -> None:
        name_of_level, name, fields = fields_of(event, trace=self._trace)
        level = _LEVELS[name_of_level]
        if not self._logger.isEnabledFor(level):
            return
        record = self._logger.makeRecord(
            self._logger.name, level, __file__, 0, name, (), None, "tell", self._extra(event, fields)
        )
        record.created = event.wall
        record.msecs = event.wall % 1 * 1000
        self._logger.handle(record)

    def _extra(self, event: Event | Progress, fields: Fields) -> dict[str, object]:
        return apart({"timestamp": self._stamp(event.wall), **self._common, **fields})


def apart(extra: Mapping[str, object]) -> dict[str, object]:
    """Return *extra* without names that records have themselves: these get an underscore behind.

    >>> apart({"name": "x", "rows": 3})
    {'name_': 'x', 'rows': 3}
    """
    return {f"{name}_" if name in _TAKEN else name: value for name, value in extra.items()}
