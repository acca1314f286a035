"""Tasks that log, each way there is. Importable, so that worker processes find them by name."""

from __future__ import annotations

import logging

import structlog


def by_logging(rows: int) -> None:
    logging.getLogger("app.std").debug("too low")
    logging.getLogger("app.std").info("took %d", rows, extra={"rows": rows})


def by_structlog(rows: int) -> None:
    structlog.get_logger("app.struct").debug("too low")
    structlog.get_logger("app.struct").info("took", rows=rows, name="n")


def with_traceback() -> None:
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("app.std").exception("bad")
        structlog.get_logger("app.struct").exception("bad")


async def in_coroutine(rows: int) -> None:
    by_logging(rows)
    by_structlog(rows)
