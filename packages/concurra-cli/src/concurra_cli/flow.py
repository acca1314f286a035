"""The workflow that a command is about: what a target names, the part of it that is selected, and how it is run."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from concurra_core import Halt, LifecycleError, Retry, TaskRunner, Workflow

from concurra_cli.errors import TargetError
from concurra_cli.runner import load
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
    os.environ.update({key: str(setting.value) for key, setting in settings.table("env").items()})
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
    return Flow(target, selected(found, settings.get("select") or [], settings), found, run)


def selected(flow: Workflow, patterns: list[str], settings: Settings) -> Workflow:
    """Return the part of *flow* that *patterns* match, without what *settings* exclude.

    Raises:
        SelectionError: there is none, or it needs what is not in it.
    """
    exclude = settings.get("exclude") or []
    return flow.select(*patterns, exclude=exclude) if patterns or exclude else flow


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
