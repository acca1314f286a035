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


def with_own_run_id() -> None:
    logging.getLogger("app.std").info("mine", extra={"run_id": "given"})
    structlog.get_logger("app.struct").info("mine", run_id="given")


def bound_inside() -> None:
    with structlog.contextvars.bound_contextvars(run_id="bound", request="r-7", name="n"):
        logging.getLogger("app.std").info("inside")
        structlog.get_logger("app.struct").info("inside")
