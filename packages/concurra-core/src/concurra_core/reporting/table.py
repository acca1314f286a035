"""The report of a run as text. The only file that imports tabulate; it is imported when somebody will see a table."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from tabulate import tabulate

from concurra_core.model.checks import pairs_in
from concurra_core.model.columns import columns
from concurra_core.model.quoting import quoted
from concurra_core.reporting.results import Results
from concurra_core.reporting.wording import paragraph, shown

# A row costs 65 us. A success report names this many tasks; a failure report leaves out no failure.
ROWS_OF_SUCCESS: Final = 100
_CELLS: Final = ("task_name", "status", "duration")


def success_report(results: Results) -> str:
    """Return the report of a run in which every task succeeded."""
    text = f"\n{results_table(dict(islice(results.items(), ROWS_OF_SUCCESS)))}"
    more = len(results) - ROWS_OF_SUCCESS
    return text if more <= 0 else f"{text}\n... and {more} more tasks, all successful"


def failure_report(
    results: Results, heading: str | None, stacks: Mapping[Hashable, str] = MappingProxyType({})
) -> str:
    """Return heading, table and a paragraph for each task that did not succeed, as one text.

    *stacks* says of tasks that were ended or died in another process where they were.
    """
    failures = {label: result for label, result in results.items() if result["has_failed"]}
    good = ((label, result) for label, result in results.items() if not result["has_failed"])
    shown = dict(islice(good, max(0, ROWS_OF_SUCCESS - len(failures))))
    rows = {label: result for label, result in results.items() if label in failures or label in shown}
    parts = [str(heading or "Execution Failed"), results_table(rows)]
    more = len(results) - len(rows)
    if more:
        parts.append(f"... and {more} more tasks, all successful")
    parts.extend(
        paragraph(label, result["error"], result["trace"], stacks.get(label, ""))
        for label, result in failures.items()
    )
    return "\n".join(parts)


def results_table(results: Mapping[Hashable, Mapping[str, Any]]) -> str:
    """Return *results*, as a runner returns them, as a table: label, task, status, duration.

    Raises:
        TypeError: *results* is no mapping, or holds what no runner returned.

    >>> print(results_table({"a": {"task_name": "f", "status": "Successful", "duration": "0.0 sec"}}))
    +---------+--------+------------+------------+
    | label   | task   | status     | duration   |
    |---------+--------+------------+------------|
    | a       | f      | Successful | 0.0 sec    |
    +---------+--------+------------+------------+
    """
    if not isinstance(results, Mapping):
        raise TypeError(f"results must be what a runner returned, a dict by label, not {quoted(results)}")
    kept: list[str] = []
    rows = []
    pairs: Iterable[tuple[Hashable, object]] = pairs_in("results", results)
    for label, result in pairs:
        if not isinstance(result, Mapping) or not all(key in result for key in _CELLS):
            raise TypeError(
                f"results must hold what a runner returned, a dict with {', '.join(_CELLS)}, "
                f"but of {quoted(label)} there is {quoted(result)}"
            )
        name, status, duration = (result[key] for key in _CELLS)
        rows.append(
            (_stand_in(shown(label), kept), _stand_in(shown(name), kept), shown(status), shown(duration))
        )
    table = tabulate(
        rows,
        headers=("label", "task", "status", "duration"),
        tablefmt="psql",
        disable_numparse=True,
    )
    cells = iter(kept)
    return _STAND_IN.sub(lambda _: next(cells), table) if kept else table


# tabulate knows how wide a letter is only where wcwidth happens to be installed: it is given as many letters of one
# column as a cell takes, and the cell comes in their place afterwards.
_STAND_IN: Final = re.compile("\ue000\ue001*")


def _stand_in(cell: str, kept: list[str]) -> str:
    """Return what stands for *cell* while the table is made; *kept* gets what it stands for."""
    if cell.isascii():
        return cell
    kept.append(cell.strip())  # as tabulate does with the others
    return "\ue000".ljust(columns(kept[-1]), "\ue001")
