"""Which tasks a user means by patterns such as ``+report``, ``fetch*`` or ``tag:nightly``.

A pattern is read as literally as it can be: a label that really has a plus or a star in it is found by itself.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from concurra_core.graph.picture import Picture
from concurra_core.model.errors import SelectionError

_TAG: Final = "tag:"
_MORE: Final = "+"


@attrs.frozen
class _Reading:
    """One way to read a pattern: the tasks that *core* matches, and with them what is above or below."""

    core: str
    above: bool = False
    below: bool = False


def _readings(pattern: str) -> Iterator[_Reading]:
    """Yield the ways to read *pattern*, the most literal first: a plus may belong to the label."""
    yield _Reading(pattern)
    above, below = pattern.startswith(_MORE), pattern.endswith(_MORE)
    if above:
        yield _Reading(pattern[1:], above=True)
    if below:
        yield _Reading(pattern[:-1], below=True)
    if above and below and len(pattern) > 1:
        yield _Reading(pattern[1:-1], above=True, below=True)


class Selection:
    """Find tasks by patterns.

    Args:
        picture: the graph.
        texts: the labels of its tasks, as patterns are compared with them.
        joins: for each map over a known list, the indexes of its items.
    """

    def __init__(
        self, picture: Picture, texts: Sequence[str], joins: Mapping[int, Sequence[int] | None]
    ) -> None:
        self._nodes = picture.nodes[: picture.total]
        self._texts = texts[: picture.total]
        self._above: list[list[int]] = [[] for _ in self._nodes]
        self._below: list[list[int]] = [[] for _ in self._nodes]
        for edge in picture.edges:
            if edge.source < picture.total:
                self._above[edge.target].append(edge.source)
                self._below[edge.source].append(edge.target)
        self._items = {index: items for index, items in joins.items() if items}
        self._by_text: dict[str, set[int]] = {}
        self._by_tag: dict[str, set[int]] = {}
        for index, (node, text) in enumerate(zip(self._nodes, self._texts, strict=True)):
            self._by_text.setdefault(text, set()).add(index)
            for tag in node.options.tags if node.options else ():
                self._by_tag.setdefault(tag, set()).add(index)

    def indexes(self, patterns: Sequence[str], exclude: Sequence[str]) -> list[int]:
        """Return the indexes of what *patterns* match, by default everything, without what *exclude* matches.

        Raises:
            SelectionError: a pattern of either kind matches nothing, or nothing is left.
        """
        matched = {pattern: self._matched(pattern) for pattern in (*patterns, *exclude)}
        idle = [pattern for pattern, found in matched.items() if not found]
        if idle:
            raise self._nothing(idle)
        everything = {*range(len(self._nodes))}
        found = set[int]().union(*map(matched.__getitem__, patterns)) if patterns else everything
        found.difference_update(*map(matched.__getitem__, exclude))
        if not found:
            raise self._nothing(())
        return sorted(found)

    def _nothing(self, idle: Sequence[str]) -> SelectionError:
        labels: list[Hashable] = [node.label for node in self._nodes]
        return SelectionError(unmatched=idle, known=labels, tags=tuple(self._by_tag))

    def _matched(self, pattern: str) -> set[int]:
        readings = list(_readings(pattern))
        for reading in readings:
            exact = self._by_text.get(reading.core)
            if exact:
                return self._grown(exact, reading)
        return self._grown(self._like(readings[-1].core), readings[-1])

    def _like(self, core: str) -> set[int]:
        """Return what *core* matches as a tag or as a glob. Brackets are taken literally if that matches anything."""
        tagged = core.startswith(_TAG)
        table, glob = (self._by_tag, core.removeprefix(_TAG)) if tagged else (self._by_text, core)
        for pattern in (glob.replace("[", "[[]"), glob):
            matches = re.compile(fnmatch.translate(pattern)).match
            found = {index for text, indexes in table.items() if matches(text) for index in indexes}
            if found:
                return found
        return set()

    def _grown(self, base: Iterable[int], reading: _Reading) -> set[int]:
        """Return *base*, what *reading* wants with it, and of each map its items."""
        start = self._with_items(base)
        found = set(start)
        if reading.above:
            found |= reached(start, self._above)
        if reading.below:
            found |= reached(start, self._below)
        return self._with_items(found)

    def _with_items(self, indexes: Iterable[int]) -> set[int]:
        """Return *indexes*, and those of the items of the maps among them."""
        found = {*indexes}
        return found.union(*(self._items[index] for index in found & self._items.keys()))


def reached(start: Iterable[int], ways: Sequence[Sequence[int]]) -> set[int]:
    """Return *start* and all that *ways* lead to from there.

    >>> reached([1], [(1,), (2,), (), ()])
    {1, 2}
    """
    found = {*start}
    left = [*found]
    while left:
        fresh = [index for index in ways[left.pop()] if index not in found]
        found.update(fresh)
        left += fresh
    return found


def cut_off(picture: Picture, chosen: Iterable[int]) -> list[tuple[Hashable, Hashable]]:
    """Return the labels of tasks among *chosen* whose arguments come from tasks that are not, with those of these."""
    inside = {*chosen}
    nodes = picture.nodes
    return [
        (nodes[edge.target].label, nodes[edge.source].label)
        for edge in picture.edges
        if edge.passes and edge.target in inside and edge.source not in inside
    ]
