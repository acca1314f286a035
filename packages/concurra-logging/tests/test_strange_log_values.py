"""Anything may be given to a sink and to `configure`: it works, or it is refused where it is said, in words."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import concurra_logging
import pytest
import structlog
from concurra import Workflow
from concurra_core.model.worker import ON_IMPORT
from concurra_logging import JsonRenderer, JsonSink, configure, formatter
from doors import Door
from strange_values import STRANGE

# What is handed on or takes nothing of a user's, and what takes what structlog and logging make.
_HANDED: Final = {"TaskFilter", "schema", "task_context"}


@pytest.fixture(autouse=True)
def _as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    root = logging.root
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**config)
    structlog.reset_defaults()
    ON_IMPORT.clear()


def of_a_run(_: object, made: JsonSink | None) -> None:
    if made is not None:
        flow = Workflow()
        flow.add(int)
        assert flow.run(sinks=[made], logger=logging.getLogger("strange.silent")).succeeded


def renders(_: object, made: Callable[..., object] | None) -> None:
    if made is not None:
        made(None, "info", {"event": "hello"})


def nothing(*_: object) -> None:
    """What there is to be seen was returned."""


def door(what: Callable[..., Any], end: Callable[[Any, Any], object], **given: object) -> Door:
    return Door(what.__name__, lambda: None, lambda _: what, end, given)


def sink(target: Any = None, **said: Any) -> JsonSink:
    return JsonSink(io.StringIO() if target is None else target, **said)


sink.__wrapped__ = JsonSink  # type: ignore[attr-defined] # for its signature

DOORS: Final = [
    Door("JsonSink", lambda: None, lambda _: sink, of_a_run),
    door(configure, nothing),
    door(formatter, nothing),
    door(JsonRenderer, nothing),
]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize(
    ("door", "name"), [(door, name) for door in DOORS for name in door.parameters()], ids=str
)
def test_anything_works_or_is_refused_in_words(door: Door, name: str) -> None:
    for value in STRANGE.values():
        door.use(name, value())


def test_every_public_name_is_a_door_or_is_handed_on() -> None:
    assert {*concurra_logging.__all__} == {door.name for door in DOORS} | _HANDED
