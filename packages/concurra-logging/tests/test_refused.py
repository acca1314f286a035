"""What a sink cannot take is refused where it is said."""

from __future__ import annotations

import codecs
import gzip
import io
import logging
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import Any

import pytest
import structlog
from concurra_logging import JsonRenderer, JsonSink, configure
from concurra_logging.fields import NAMES, TAKEN
from log_events import loaded
from made_events import run_started
from structlog.stdlib import BoundLogger


@pytest.mark.parametrize(
    ("context", "error", "message"),
    [
        (
            {"label": 1},
            ValueError,
            "context may not have 'label', which events have themselves; call it 'label_', say",
        ),
        ({1: 2}, TypeError, "context must be a mapping with names of fields for keys"),
        ("site", TypeError, "not 'site'"),
        ("", TypeError, "not ''"),
        ([], TypeError, r"not \[\]"),
        (0, TypeError, "not 0"),
        (
            {"self": 1},
            ValueError,
            "context may not have 'self', which structlog takes for itself; call it 'self_', say",
        ),
    ],
)
def test_a_context_that_would_lie_is_refused(context: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        JsonSink(context=context)


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_what_structlog_takes_for_itself_is_no_context(name: str) -> None:
    with pytest.raises(ValueError, match=f"^context may not have '{name}', which structlog takes for itself"):
        JsonSink(context={name: "x"})


def test_a_context_of_any_other_name_goes_through_structlog() -> None:
    # The names of its processors, of loggers and of records, as far as they are not refused.
    found = {
        name
        for function in (BoundLogger.info, BoundLogger.bind, BoundLogger.new)
        for name in signature(function).parameters
    }
    names = (
        {*found, *vars(logging.makeLogRecord({})), "message", "asctime", "method", "kw", "site"}
        - TAKEN
        - NAMES
    )
    context = dict.fromkeys(names, "x")
    stream = io.StringIO()
    wrapped = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        wrapper_class=BoundLogger,
        processors=[
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            JsonRenderer(),
        ],
    )
    JsonSink(wrapped, context=context, progress=None)(run_started())
    (line,) = loaded(stream.getvalue())
    assert {name: line.get(name) for name in names} == context


@pytest.mark.parametrize("trace", ["no", 0, None])
def test_a_trace_that_is_no_bool_is_refused(trace: Any) -> None:
    with pytest.raises(TypeError, match=f"trace must be True or False, not {trace!r}"):
        JsonSink(trace=trace)


@pytest.mark.parametrize(
    "target", [7, b"run.jsonl", object(), print, io.StringIO, structlog.stdlib.BoundLogger, Path]
)
def test_a_target_that_is_none_is_refused(target: Any) -> None:
    with pytest.raises(TypeError, match="target must be a path, a text stream, a"):
        JsonSink(target)


@pytest.fixture(params=["bytes", "binary file", "temporary file", "closed", "read-only"])
def unfit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Any, type[Exception], str]]:
    """A stream that takes no text, with the error that says so."""
    path = tmp_path / "there.txt"
    path.touch()
    with path.open() as reading, path.open("ab") as binary, NamedTemporaryFile() as temporary:
        closed = io.StringIO()
        closed.close()
        yield {
            "bytes": (io.BytesIO(), TypeError, "takes bytes; open it for text"),
            "binary file": (binary, TypeError, "takes bytes; open it for text"),
            "temporary file": (temporary, TypeError, "takes bytes; open it for text"),
            "closed": (closed, ValueError, "is closed; hand over one that is open"),
            "read-only": (reading, ValueError, "is open for reading only; open it for writing"),
        }[request.param]


def test_a_stream_that_takes_no_text_is_refused(unfit: tuple[Any, type[Exception], str]) -> None:
    stream, error, words = unfit
    with pytest.raises(error, match=f"^target .* {words}"):
        JsonSink(stream)
    with pytest.raises(error, match=f"^stream .* {words}"):
        configure(stream)


def test_streams_of_other_makes_are_taken(tmp_path: Path) -> None:
    with (
        (tmp_path / "a").open("wb") as binary,
        gzip.open(tmp_path / "b.gz", "wt") as packed,
        TemporaryFile("w") as text,
    ):
        for stream in (codecs.getwriter("utf-8")(binary), packed, text):
            JsonSink(stream)(run_started())
    assert loaded((tmp_path / "a").read_text()) == loaded(
        gzip.decompress((tmp_path / "b.gz").read_bytes()).decode()
    )
