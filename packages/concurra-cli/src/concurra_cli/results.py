"""The results of a run as data: a table for people, an object for programs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from concurra_core import RunReport, TaskResult

from concurra_cli.table import table_of
from concurra_cli.text import counted

_ROWS: Final = 100  # of a table on a terminal


def table(report: RunReport, *, short: bool) -> str:
    """Return the results as a table. A *short* one leaves out successes beyond the first hundred tasks."""
    results: Mapping[Hashable, Mapping[str, Any]] = report.results()
    if short and len(results) > _ROWS:
        failed = sum(result["has_failed"] for result in results.values())
        good = (label for label, result in results.items() if not result["has_failed"])
        named = {*islice(good, max(0, _ROWS - failed))}
        shown = {label: result for label, result in results.items() if result["has_failed"] or label in named}
        more = len(results) - len(shown)
        return f"{table_of(shown)}\n... and {counted(more, 'more task')}, all successful"
    return table_of(results)


def document(target: str, report: RunReport, status: int, rerun: Sequence[str] | None) -> dict[str, object]:
    """Return everything about a run."""
    return {
        "results": {label: {**result, **_more(report[label])} for label, result in report.results().items()},
        "target": target,
        "name": report.name,
        "run_id": report.run_id,
        "status": report.status.value,
        "exit_status": int(status),
        "seconds": report.makespan,
        "counts": {state.value: number for state, number in report.counts.items()},
        "failed": [*report.failed],
        "critical_path": report.critical_path,
        "rerun": None if rerun is None else ["concurra-cli", *rerun],
    }


def _more(result: TaskResult[Any]) -> dict[str, object]:
    return {
        "state": result.status.value,
        "reason": result.reason,
        "because": result.because,
        "seconds": result.seconds,
        "queued": _stamp(result.queued),
        "started": _stamp(result.started),
        "ended": _stamp(result.ended),
        "worker": result.worker,
        "tags": result.tags,
        "allow_failure": result.allow_failure,
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
