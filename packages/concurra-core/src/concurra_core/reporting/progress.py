"""Progress lines, and when they are due."""

from __future__ import annotations

from typing import Final

_EACH_UP_TO: Final = 10
_PARTS: Final = 10
_CELLS: Final = 25


def marks(total: int) -> list[int]:
    """Return the numbers of ended tasks at which a line is due: each task up to ten, else every tenth part.

    Never more than ten lines a run, so never more than ten a second.

    >>> marks(3), marks(25)
    ([1, 2, 3], [3, 5, 8, 10, 13, 15, 18, 20, 23, 25])
    """
    if total <= _EACH_UP_TO:
        return list(range(1, total + 1))
    return [-(-total * part // _PARTS) for part in range(1, _PARTS + 1)]


def line(name: str, done: int, total: int, seconds: float) -> str:
    """Return the progress line after *seconds* of the run.

    >>> line("Concurra", 1, 3, 0.0)
    'Concurra progress: [########.................] 1/3 [33.33%] in 0 min 0.0 sec'
    """
    percent = round(100 * done / total, 2)
    bar = "#" * round(percent / 4)
    minutes, rest = divmod(round(seconds, 2), 60)
    return (
        f"{name} progress: [{bar:.<{_CELLS}}] {done}/{total} [{percent}%]"
        f" in {int(minutes)} min {round(rest, 2)} sec"
    )
