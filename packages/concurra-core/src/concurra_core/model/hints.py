"""What a user may have meant: close matches, and the labels there are."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

# More known labels than this in a message help nobody.
_LABELS_SHOWN: Final = 10
# Looking for a close match goes through all labels; a mistyped prefix misses all of them alike.
_HINTED: Final = 10


def unknown_lines(unknown: Sequence[tuple[Hashable, Hashable]], known: Iterable[Hashable]) -> Iterator[str]:
    """Yield a line for each pair of a waiting task and the label it waits for, which is none of *known*.

    >>> list(unknown_lines([("clean", "ftech")], ["fetch", "clean"]))
    ["unknown dependency 'ftech' of 'clean'; did you mean 'fetch'?"]
    """
    by_text = {str(label): label for label in known}
    for place, (label, need) in enumerate(unknown):
        yield f"unknown dependency {need!r} of {label!r}{_hint(need, by_text, place, but=label)}"


def unmatched_lines(patterns: Sequence[str], known: Iterable[Hashable], tags: Iterable[str]) -> Iterator[str]:
    """Yield a line for each of *patterns*, which select nothing.

    >>> list(unmatched_lines(["+tag:nigthly"], ["fetch"], ["nightly"]))
    ["no task matches '+tag:nigthly'; did you mean 'tag:nightly'?"]
    """
    by_text: dict[str, Hashable] = {text: text for text in (f"tag:{tag}" for tag in tags)}
    by_text.update((str(label), label) for label in known)
    for place, pattern in enumerate(patterns):
        yield f"no task matches {pattern!r}{_hint(pattern.strip('+'), by_text, place)}"


def cut_lines(cut: Iterable[tuple[Hashable, Hashable]]) -> Iterator[str]:
    """Yield a line for each pair of a selected task and one whose result it needs."""
    for label, need in cut:
        missing = f"{label!r} needs the result of {need!r}, which is not selected"
        yield f"{missing}; {f'+{label}'!r} selects all that it depends on"


def with_known(message: str, known: Sequence[Hashable]) -> str:
    """Return *message*, followed by the labels there are."""
    shown = ", ".join(map(repr, known[:_LABELS_SHOWN]))
    more = len(known) - _LABELS_SHOWN
    tail = f" and {more} more" if more > 0 else ""
    return f"{message}{' ' if message.endswith('?') else '; '}known labels: {shown or 'none'}{tail}"


def _hint(need: Hashable, by_text: Mapping[str, Hashable], place: int, but: Hashable = None) -> str:
    """Return what else the user may have meant, if there is anything close other than *but*."""
    close = get_close_matches(str(need), by_text, n=2) if place < _HINTED else ()
    meant = [by_text[text] for text in close if by_text[text] != but]
    return f"; did you mean {meant[0]!r}?" if meant else ""
