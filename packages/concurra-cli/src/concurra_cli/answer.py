"""What a command has to say in the end: data for stdout, in both forms, and an exit status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from concurra_core import DefinitionError, SelectionError

from concurra_cli.errors import CliError, UserCodeError
from concurra_cli.status import Status
from concurra_cli.text import harmless
from concurra_cli.trace import trace_of


class Answer(NamedTuple):
    """An answer.

    Args:
        status: the exit status.
        document: the data for programs.
        text: the data for people; None if there is none.
        talk: what is told on stderr after the data.
    """

    status: int
    document: Mapping[str, object]
    text: str | None = None
    talk: str = ""


def refusal(error: BaseException, status: Status | None = None) -> Answer:
    """Return the answer to a command that could not be carried out because of *error*."""
    cause = error.__cause__ if isinstance(error, UserCodeError) else error
    assert cause is not None  # noqa: S101 - Invariant: see UserCodeError
    known = isinstance(error, CliError | DefinitionError)
    trace = trace_of(cause) if cause is not error or not known else None
    found = status_of(cause) if status is None else status
    told: dict[str, object] = {
        "type": type(cause).__name__,
        "message": str(cause),
        "status": int(found),
        "trace": trace,
    }
    if isinstance(error, UserCodeError):
        told["doing"] = str(error)
    lines = [trace] if trace else []
    lines.append(f"concurra-cli: {error if known else f'{type(error).__name__}: {error}'}")
    lines += getattr(error, "__notes__", []) if known and not trace else []
    return Answer(found, {"error": told}, talk=harmless("\n".join(lines)))


def status_of(error: BaseException) -> Status:
    """Return the exit status that *error* stands for."""
    if isinstance(error, SelectionError) and not error.cut:
        return Status.NOTHING
    return Status.INVALID if isinstance(error, DefinitionError) else Status.UNUSABLE
