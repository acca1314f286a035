"""Text for people: harmless on any terminal, in so many columns, times and numbers in few letters, words of a shell."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final
from unicodedata import category, east_asian_width

_CUT: Final = "..."
_MINUTE: Final = 60
_HOUR: Final = 3600
_TENTHS: Final = 10  # seconds; below, tenths are told
_PLAIN: Final = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


def harmless(text: str) -> str:
    r"""Return *text* with what a terminal could take for more than text as escapes of Python's; lines stay lines.

    >>> print(harmless("a" + chr(27) + "[2J" + chr(10) + "b"))
    a\x1b[2J
    b
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else _escaped(char) for char in text)


def one_line(value: object) -> str:
    r"""Return the text of *value* on one line, harmless.

    >>> print(one_line("two" + chr(10) + "lines"))
    two\nlines
    """
    return harmless(spelt(value)).replace("\n", "\\n").replace("\t", "\\t")


def spelt(value: object) -> str:
    """Return ``str(value)``; of a value whose own ``__str__`` raises, what a plain object is called."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - how an object spells itself is the user's code
        return object.__repr__(value)


def quoted(value: object) -> str:
    """Return ``repr(value)``, harmless."""
    try:
        return harmless(repr(value))
    except Exception:  # noqa: BLE001 - as above
        return object.__repr__(value)


def width(text: str) -> int:
    """Return how many columns of a terminal *text* takes.

    >>> width("data"), width("\u6570\u636e"), width("e\u0301")
    (4, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if category(char) in {"Mn", "Me"} else 1 + (east_asian_width(char) in {"W", "F"}) for char in text
    )


def padded(text: str, columns: int) -> str:
    """Return *text* with blanks behind it, up to so many columns."""
    return text + " " * (columns - width(text))


def shortened(text: str, columns: int) -> str:
    """Return *text*, cut off where it takes more than so many columns.

    >>> shortened("nightly", 7), shortened("nightly job", 7)
    ('nightly', 'nigh...')
    """
    if width(text) <= columns:
        return text
    while text and width(text) > columns - len(_CUT):
        text = text[:-1]
    return f"{text}{_CUT}"


def clock(seconds: float) -> str:
    """Return a time as a stopwatch shows it.

    >>> clock(3.26), clock(75), clock(3725)
    ('3.2s', '1:15', '1:02:05')
    """
    if seconds < _TENTHS:
        return f"{int(seconds * 10) / 10:.1f}s"
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    minutes, rest = divmod(whole % _HOUR, _MINUTE)
    return f"{whole // _HOUR}:{minutes:02}:{rest:02}" if whole >= _HOUR else f"{minutes}:{rest:02}"


def worded(state: Enum) -> str:
    """Return *state* in words.

    >>> from concurra_core import TaskState
    >>> worded(TaskState.TIMED_OUT)
    'timed out'
    """
    return str(state.value).replace("_", " ")


def counted(number: int, word: str) -> str:
    """Return *number* and *word*, in the plural where that is right."""
    return f"{number:,} {word}{'s' * (number != 1)}"


def shell_word(word: str) -> str:
    """Return *word* as a shell takes it for one.

    >>> shell_word("+a"), shell_word("two words"), shell_word("tag:x*")
    ('+a', "'two words'", "'tag:x*'")
    """
    return word if _PLAIN.fullmatch(word) else "'" + word.replace("'", "'\\''") + "'"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
