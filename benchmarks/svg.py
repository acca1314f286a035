"""Horizontal bars as SVG, drawn by hand: text stays text, nothing is fetched, and equal figures give an equal file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape

import attrs

_WIDTH: Final = 760
_NAMES: Final = 150  # pixels for the names, left of the bars
_ROOM: Final = 190  # for the figures and their unit, right of the longest bar
_LINE: Final = 18  # pixels from one bar to the next
_BAR: Final = 12
_NOTE: Final = 110  # characters in a line of the notes

_INK, _GREY, _OURS, _OTHERS = "#222222", "#666666", "#1f6fb2", "#a9b4bf"


@attrs.frozen
class Bar:
    """One bar.

    Args:
        name: who it stands for.
        value: its length, 0 or more; None for no bar, where the text alone tells.
        text: stands behind it.
        ours: whether it is the one to look at.
    """

    name: str
    value: float | None
    text: str
    ours: bool = False


@attrs.frozen
class Group:
    """Bars of one scale, under a heading."""

    title: str
    bars: Sequence[Bar]


def chart(title: str, groups: Sequence[Group], notes: str) -> str:
    """Return the text of an SVG file: *title*, the *groups* one below the other, each in a scale of its own, *notes*.

    >>> 'width="420.0"' in chart("t", [Group("g", [Bar("a", 2.0, "2 ms"), Bar("b", None, "never")])], "")
    True
    """
    body: list[str] = [_text(10, 24, title, _INK, 'font-size="16" font-weight="bold"')]
    place = 40
    for group in groups:
        body.append(_text(10, place + 14, group.title, _INK, 'font-weight="bold"'))
        place += _LINE + 4
        body += _bars(group.bars, place)
        place += _LINE * len(group.bars) + 10
    for line in wrap(notes, _NOTE):
        place += 14
        body.append(_text(10, place, line, _GREY, 'font-size="11"'))
    height = place + 14
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="sans-serif" font-size="12">'
    )
    ground = f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", ground, *body, "</svg>"]) + "\n"


def _bars(bars: Sequence[Bar], top: int) -> Iterator[str]:
    longest = max((bar.value or 0.0 for bar in bars), default=0.0) or 1.0
    room = _WIDTH - _NAMES - _ROOM
    for number, bar in enumerate(bars):
        base = top + number * _LINE + _BAR
        weight = 'font-weight="bold"' if bar.ours else ""
        yield _text(_NAMES - 8, base - 2, bar.name, _INK, f'text-anchor="end" {weight}')
        length = 0.0 if bar.value is None else max(1.0, round(room * bar.value / longest, 1))
        if length:
            colour = _OURS if bar.ours else _OTHERS
            yield f'<rect x="{_NAMES}" y="{base - _BAR}" width="{length}" height="{_BAR}" fill="{colour}"/>'
        yield _text(round(_NAMES + length + 6, 1), base - 2, bar.text, _INK, weight)


def _text(x: float, y: float, text: str, colour: str, more: str) -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}" {more}>{escape(text)}</text>'.replace(" >", ">")
