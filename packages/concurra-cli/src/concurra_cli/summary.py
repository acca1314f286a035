"""What is told at the end of a run: who is to blame, last and by name, and what comes of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final

from concurra_core import RunReport, RunStatus, TaskResult, TaskState

from concurra_cli.screen import Screen
from concurra_cli.tally import FAILURES
from concurra_cli.text import counted, harmless, one_line, shell_word, worded

_ROOTS: Final = 50  # that are named; the JSON has them all
_SKIPPED: Final = 8  # that are named of each
_MINUTE: Final = 60


def summary(report: RunReport, screen: Screen, rerun: Sequence[str] | None) -> str:
    """Return the last words on a run."""
    lines: list[str] = []
    allowed = [each for each in report.values() if each.allow_failure and each.status in FAILURES]
    lines += [f"failed as it may  {_told(result)}" for result in allowed]
    lines += _cut_short(report)
    skipped = skipped_by_root(report)
    roots = sorted(
        (each for each in report.failed.values() if each.status in FAILURES),
        key=lambda result: one_line(result.label),
    )
    for result in roots[:_ROOTS]:
        lines.append(f"{screen.red(f'{worded(result.status):<9}')}  {_told(result)}")
        because = skipped.get(result.label, [])
        if because:
            lines.append(f"           skipped because of it: {_few(because)}")
    if len(roots) > _ROOTS:
        lines.append(f"and {counted(len(roots) - _ROOTS, 'more failure')}")
    lines.append(headline(report, screen))
    if rerun is not None:
        lines.append(f"only what failed: {harmless(' '.join(map(shell_word, ('concurra-cli', *rerun))))}")
    return "\n".join(lines)


def headline(report: RunReport, screen: Screen) -> str:
    """Return the run in one line."""
    status = report.status
    word = worded(status)
    shown = screen.green(word) if status is RunStatus.SUCCEEDED else screen.red(word)
    told = ", ".join(f"{number:,} {worded(state)}" for state, number in report.counts.items())
    tail = f": {told}" if told else ""
    return f"{one_line(report.name)}: {shown} in {spelt_time(report.makespan)}; {counted(len(report), 'task')}{tail}"


def skipped_by_root(report: RunReport) -> dict[Hashable, list[Hashable]]:
    """Return for each task because of which others were skipped the labels of these, first causes only."""
    causes = {
        label: result.because for label, result in report.failed.items() if result.status is TaskState.SKIPPED
    }
    found: dict[Hashable, list[Hashable]] = {}
    roots: dict[Hashable, Hashable] = {}
    for label, cause in causes.items():
        way = [label]
        while cause in causes and cause not in roots:
            way.append(cause)
            cause = causes[cause]  # noqa: PLW2901 - the cause of the cause
        root = roots.get(cause, cause)
        roots.update(dict.fromkeys(way, root))
        found.setdefault(root, []).append(label)
    return found


def _cut_short(report: RunReport) -> list[str]:
    """Return a line for each task that ran when the run was stopped."""
    cut = [each for each in report.failed.values() if each.status is TaskState.CANCELLED and each.attempts]
    more = len(cut) - _ROOTS
    lines = [f"{worded(each.status):<9}  {_told(each)}" for each in cut[:_ROOTS]]
    return [*lines, f"and {counted(more, 'more task')} cancelled"] if more > 0 else lines


def _told(result: TaskResult[Any]) -> str:
    took = f" ({spelt_time(result.seconds)})" if result.attempts else ""
    attempts = f" after {result.attempts} attempts" if result.attempts > 1 else ""
    first = (result.reason or "").partition("\n")[0]
    return f"{one_line(result.label)}{took}{attempts}  {harmless(first)}"


def _few(labels: Sequence[Hashable]) -> str:
    names = sorted(map(one_line, labels))
    more = len(names) - _SKIPPED
    return ", ".join(names[:_SKIPPED]) + (f" and {more} more" if more > 0 else "")


def spelt_time(seconds: float) -> str:
    """Return *seconds* in words, rounded first: there is no minute of 60 seconds."""
    if round(seconds, 2) < _MINUTE:
        return f"{seconds:.2f} sec"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} sec"
