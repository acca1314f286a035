"""What a user may have meant: close matches, and the labels there are."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from concurra_core.model.quoting import quoted, spelled

# More known labels than this in a message help nobody.
_LABELS_SHOWN: Final = 10
# Looking for a close match goes through all labels; a mistyped prefix misses all of them alike.
_HINTED: Final = 10
# Characters of what is no mistyped label any more. The search takes their square in time.
_LONGEST: Final = 200


def unknown_lines(unknown: Sequence[tuple[Hashable, Hashable]], known: Iterable[Hashable]) -> Iterator[str]:
    """Yield a line for each pair of a waiting task and the label it waits for, which is none of *known*.

    >>> list(unknown_lines([("clean", "ftech")], ["fetch", "clean"]))
    ["unknown dependency 'ftech' of 'clean'; did you mean 'fetch'?"]
    """
    by_text = {spelled(label): label for label in known}
    for place, (label, need) in enumerate(unknown):
        yield f"unknown dependency {quoted(need)} of {quoted(label)}{_hint(need, by_text, place, but=spelled(label))}"


def unmatched_lines(patterns: Sequence[str], known: Iterable[Hashable], tags: Iterable[str]) -> Iterator[str]:
    """Yield a line for each of *patterns*, which select nothing.

    >>> list(unmatched_lines(["+tag:nigthly"], ["fetch"], ["nightly"]))
    ["no task matches '+tag:nigthly'; did you mean 'tag:nightly'?"]
    """
    by_text: dict[str, Hashable] = {text: text for text in (f"tag:{tag}" for tag in tags)}
    by_text.update((spelled(label), label) for label in known)
    for place, pattern in enumerate(patterns):
        yield f"no task matches {quoted(pattern)}{_hint(pattern.strip('+'), by_text, place)}"


def cut_lines(cut: Iterable[tuple[Hashable, Hashable]]) -> Iterator[str]:
    """Yield a line for each pair of a selected task and one whose result it needs."""
    for label, need in cut:
        missing = f"{quoted(label)} needs the result of {quoted(need)}, which is not selected"
        yield f"{missing}; {quoted(f'+{spelled(label)}')} selects all that it depends on"


def with_known(message: str, known: Sequence[Hashable]) -> str:
    """Return *message*, followed by the labels there are."""
    shown = ", ".join(map(quoted, known[:_LABELS_SHOWN]))
    more = len(known) - _LABELS_SHOWN
    tail = f" and {more} more" if more > 0 else ""
    return f"{message}{' ' if message.endswith('?') else '; '}known labels: {shown or 'none'}{tail}"


def _hint(need: Hashable, by_text: Mapping[str, Hashable], place: int, but: str | None = None) -> str:
    """Return what else the user may have meant, if there is anything close other than *but*."""
    from difflib import get_close_matches

    text = spelled(need)
    close = get_close_matches(text, by_text, n=2) if place < _HINTED and len(text) < _LONGEST else ()
    meant = [by_text[text] for text in close if text != but]
    return f"; did you mean {quoted(meant[0])}?" if meant else ""
