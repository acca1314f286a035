"""What a benchmark hands back, and how it reads as Markdown. Also: what machine this is."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import attrs

ROOT: Final = Path(__file__).resolve().parent.parent

_COMPARED = ("concurra-core", "attrs", "dask", "pebble", "loky", "joblib", "mpire")


@attrs.frozen
class Promise:
    """A figure that Concurra promises not to exceed.

    Args:
        what: the figure's name.
        measured: its value now.
        limit: the highest value that keeps the promise.
        unit: what both are counted in; empty for a ratio.
    """

    what: str
    measured: float
    limit: float
    unit: str = ""

    def row(self) -> list[str]:
        """Return the promise as a row: what, measured, promised, kept or missed."""
        kept = "kept" if self.measured <= self.limit else "**missed**"
        return [
            self.what,
            f"{self.measured:.4g} {self.unit}".strip(),
            f"{self.limit:.4g} {self.unit}".strip(),
            kept,
        ]


@attrs.frozen(kw_only=True)
class Section:
    """The findings of one benchmark.

    Args:
        title: the heading.
        method: how it was measured, and what to keep in mind about it; paragraphs.
        tables: Markdown tables.
        promises: the figures among them that were promised.
    """

    title: str
    method: str
    tables: Sequence[str]
    promises: Sequence[Promise] = ()

    def markdown(self) -> str:
        """Return the section with its heading."""
        return "\n\n".join([f"## {self.title}", self.method, *self.tables])


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first stand to the right.

    >>> print(table(["shape", "us"], [["chain", "5.1"]]))
    | shape |  us |
    | :---- | --: |
    | chain | 5.1 |
    """
    lines = [list(heads), *(list(row) for row in rows)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(heads))]
    rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in widths[1:])]
    first, *others = [
        [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        for line in lines
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [first, rule, *others])


def promises_table(sections: Iterable[Section]) -> str:
    """Return one table of all that was promised in *sections*, kept or not."""
    rows = [promise.row() for section in sections for promise in section.promises]
    return table(["figure", "measured", "promised at most", "promise"], rows)


def machine(found: Iterable[str] | None = None) -> str:
    """Return in one paragraph what was measured on, with which versions, and on which day.

    Args:
        found: names with versions; None for those of what is compared, as far as it is installed here.
    """
    versions = ", ".join(filter(None, map(_version, _COMPARED) if found is None else found))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {_processor()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, {platform.python_implementation()} "
        f"{platform.python_version()}; {versions}."
    )


def _version(name: str) -> str | None:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return None


def _processor() -> str:
    """Return what the system calls its processor; Linux tells only in a file."""
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or "an unnamed processor"
