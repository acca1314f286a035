"""The workflow that a command is about: what a target names, the part of it that is selected, and how it is run."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from concurra_core import Halt, LifecycleError, Retry, SelectionError, TaskRunner, Workflow

from concurra_cli.errors import TargetError
from concurra_cli.loading import load
from concurra_cli.settings import Settings


class Flow(NamedTuple):
    """A workflow to look at or to run.

    Args:
        target: what the user calls it.
        part: the selected tasks.
        whole: all of them.
        run: how it is run, as keywords of `Workflow.run`.
    """

    target: str
    part: Workflow
    whole: Workflow
    run: dict[str, Any]


def load_flow(target: str, settings: Settings) -> Flow:
    """Return the workflow that *target* names, and of it what *settings* select.

    Raises:
        TargetError: there is none.
        UserCodeError: the target's own code raised.
        SelectionError: nothing is selected, or something that needs what is not.
    """
    os.environ.update(
        {key: str(said.value) for key, said in settings.table("env").items() if said.value is not None}
    )
    found = load(target, settings.table("param"), settings.get("app-dir"))
    run: dict[str, Any] = {}
    if isinstance(found, TaskRunner):
        run.update(found.settings)
        try:
            found = found.workflow()
        except LifecycleError:
            raise TargetError(
                f"{target} has been started by its own code; leave the start to concurra-cli"
            ) from None
    run.update(_said(settings, dict(run.get("limits") or {})))
    return Flow(target, selected(found, settings), found, run)


def selected(flow: Workflow, settings: Settings, patterns: list[str] | None = None) -> Workflow:
    """Return the part of *flow* that *settings* select.

    What a setting below the flags says of tasks that *flow* does not have is for another target.

    Args:
        flow: the whole.
        settings: what selects and excludes.
        patterns: select instead of what *settings* select, as if flags said them.

    Raises:
        SelectionError: there is none, or it needs what is not in it.
    """
    wanted: list[str] = (settings.get("select") or []) if patterns is None else patterns
    unwanted: list[str] = settings.get("exclude") or []
    try:
        return flow.select(*wanted, exclude=unwanted) if wanted or unwanted else flow
    except SelectionError as error:
        if not error.unmatched:
            raise
        strict = {*wanted} if patterns is not None or settings.by_flag("select") else set[str]()
        strict.update(unwanted if settings.by_flag("exclude") else ())
        wrong = [pattern for pattern in error.unmatched if pattern in strict]
        left = [pattern for pattern in wanted if pattern not in error.unmatched]
        rest = [pattern for pattern in unwanted if pattern not in error.unmatched]
        if wrong:
            raise SelectionError(wrong, known=error.known, tags=error.tags) from None
        if wanted and not left:
            nothing = SelectionError(wanted, known=error.known, tags=error.tags)
            nothing.add_note(f"{settings.source('select')} says so; --select '' takes every task")
            raise nothing from None
    return flow.select(*left, exclude=rest) if left or rest else flow


def _said(settings: Settings, limits: dict[str, int]) -> dict[str, Any]:
    """Return what *settings* say of the run, as keywords of `Workflow.run`."""
    said: dict[str, Any] = {}
    for name, keyword in (("jobs", "max_concurrency"), ("timeout", "timeout"), ("deadline", "deadline")):
        if name in settings.found:
            said[keyword] = settings.get(name)
    if settings.get("retries") is not None:
        said["retry"] = Retry(settings.get("retries") + 1)
    if settings.get("processes") is not None:
        said["on"] = "process" if settings.on("processes") else "thread"
    if settings.on("keep-going"):
        said["halt"] = Halt.never()
    if settings.on("fail-fast"):
        said["halt"] = Halt.now()
    named = {name: setting.value for name, setting in settings.table("limit").items()}
    if named:
        said["limits"] = {**limits, **named}
    return said
