"""The page that compares this library with others, and its plots, out of what the trials have found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from benchmarks.report import table
from benchmarks.rival_axes import AXES, PART, Axis
from benchmarks.rivals import OURS
from benchmarks.svg import Bar, Group, chart

FOLDER: Final = "comparison"  # beside the page; holds the plots

# Of each rival its figures, by axis and case; None where there was none to be had.
Found: TypeAlias = Mapping[str, Mapping[str, Mapping[str, float | None]]]

_HEAD = """\
# Comparison

Concurra beside other libraries that run Python calls in parallel, wins and losses alike. `make bench-all` measures all of
it anew and rewrites this page and its plots.

Each library has an environment of its own, with nothing in it but itself, what it depends on, and Concurra, whose
benchmarks measure it. `concurrent.futures` is the standard library's, under a loop that keeps dependencies by hand: the
floor of the [other benchmarks](benchmarks.md). Each is used as its documentation shows, with two worker processes, or
four threads. Lower is better, but for crashes and efficiency.

{machine}

## Who is ahead

Concurra's place among those that have a figure, and how its figure compares with the best of the others.

{places}
"""


@attrs.frozen
class Standing:
    """How this library stands in one case.

    Args:
        place: 1 for the best; who has the same figure has the same place.
        of: how many have a figure.
        best: the best of the others; None if nobody else has a figure.
        ours: its own figure, None if it has none.
        theirs: the figure of *best*.
    """

    place: int
    of: int
    best: str | None
    ours: float | None
    theirs: float | None


def standing(axis: Axis, figures: Mapping[str, float | None]) -> Standing:
    """Return how this library stands among *figures*, by name.

    >>> standing(AXES["start"], {"concurra": 30.0, "a": 20.0, "b": 90.0, "c": None})
    Standing(place=2, of=3, best='a', ours=30.0, theirs=20.0)
    """
    had = {name: figure for name, figure in figures.items() if figure is not None}
    ours = had.get(OURS)
    others = sorted((name for name in had if name != OURS), key=lambda name: axis.sign * had[name])
    ahead = [name for name in others if ours is None or axis.sign * had[name] < axis.sign * ours]
    best = others[0] if others else None
    return Standing(1 + len(ahead), len(had), best, ours, None if best is None else had[best])


def page(found: Found, machine: str, left_out: Sequence[str]) -> str:
    """Return the page; *left_out* are sentences on those that could not be measured."""
    cases = [(axis, case) for axis in AXES.values() for case in cases_of(found, axis) if PART not in case]
    places = table(
        ["case", "place", "Concurra", "best of the others"],
        [_row(axis, case, standing(axis, across(found, axis, case))) for axis, case in cases],
    )
    head = _HEAD.format(machine=" ".join([machine, *left_out]), places=places)
    return "\n".join([head, *(_section(found, axis) for axis in AXES.values() if cases_of(found, axis))])


def plots(found: Found, notes: str) -> dict[str, str]:
    """Return the plots by name of their files."""
    return {
        f"{axis.key}.svg": chart(axis.title, _groups(found, axis), notes)
        for axis in AXES.values()
        if cases_of(found, axis)
    }


def cases_of(found: Found, axis: Axis) -> list[str]:
    """Return the cases of *axis* that anybody took part in."""
    return list(dict.fromkeys(case for axes in found.values() for case in axes.get(axis.key, {})))


def across(found: Found, axis: Axis, case: str) -> dict[str, float | None]:
    """Return the figures of *case*, by who took part in it."""
    return {name: axes[axis.key][case] for name, axes in found.items() if case in axes.get(axis.key, {})}


def _row(axis: Axis, case: str, one: Standing) -> list[str]:
    best = "-" if one.best is None else f"{one.best}, {axis.told(one.theirs)}"
    place = "-" if one.ours is None else f"{one.place} of {one.of}"
    return [f"{axis.title}: {case}", place, axis.told(one.ours), best]


def _section(found: Found, axis: Axis) -> str:
    cases = cases_of(found, axis)
    names = [name for name, axes in found.items() if axes.get(axis.key)]
    rows = [[case, *(_cell(found, axis, case, name) for name in names)] for case in cases]
    figure = f"![{axis.title}, as bars; the table has the figures]({FOLDER}/{axis.key}.svg)"
    return "\n\n".join([f"## {axis.title}", axis.method, figure, table([axis.unit, *names], rows)]) + "\n"


def _cell(found: Found, axis: Axis, case: str, name: str) -> str:
    figures = across(found, axis, case)
    if name not in figures:
        return "-"
    figure = figures[name]
    return axis.told(figure, plain=True) if PART not in case or figure is None else f"{figure:.3g}"


def _groups(found: Found, axis: Axis) -> list[Group]:
    groups = []
    for case in cases_of(found, axis):
        if PART not in case:
            figures = across(found, axis, case)
            names = sorted(figures, key=lambda name: _rank(axis, figures[name]))
            bars = [Bar(name, figures[name], axis.told(figures[name]), name == OURS) for name in names]
            groups.append(Group(case, bars))
    return groups


def _rank(axis: Axis, figure: float | None) -> float:
    return float("inf") if figure is None else axis.sign * figure
