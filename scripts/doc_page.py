"""A page of docs/ that is written by a script, or only compared with what it would write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

_DOCS: Final = Path(__file__).resolve().parent.parent / "docs"


def write_or_check(name: str, page: Callable[[], str], argv: Sequence[str]) -> int:
    """Write what *page* returns to *name*; with ``--check``, return 1 if it is not what stands there, and write nothing."""
    path = _DOCS / name
    if list(argv) == ["--check"]:
        return int(path.read_text(encoding="utf-8") != page())
    path.write_text(page(), encoding="utf-8")
    return 0
