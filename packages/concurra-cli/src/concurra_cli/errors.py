"""The error tree, and the hints that its messages end with.

* CliError               the command cannot do what it was asked for
  + SettingError         a flag, a variable or a key of pyproject.toml makes no sense
  + PlaceError           a file cannot be written where it is to be
  + TargetError          no workflow can be had from a target; the message says what was tried
    - UserCodeError      because the user's code raised; its error is the cause

Two more live with what raises them, and go no further than the file that calls it. `arguments` must be light:

* UsageError             a command line that says nothing that could be done
* Told                   no error: help or the version were asked for, and told

and within `parameters` there is `_NoWayError`, for a type that no text can be made into.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Final

_LISTED: Final = 10  # more candidates than this in a message help nobody


class CliError(Exception):
    """Whatever keeps the command from doing what it was asked for."""


class SettingError(CliError):
    """A setting that is not known, or whose value makes no sense."""


class PlaceError(CliError):
    """A file that cannot be written where it is to be."""


class TargetError(CliError):
    """A target from which no workflow can be had."""


class UserCodeError(TargetError):
    """A target whose code raised an error, which is the cause of this one."""


@contextmanager
def user_code(doing: str) -> Iterator[None]:
    """Make whatever the user's code raises, but for Ctrl-C, a `UserCodeError` that says what was being done."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise UserCodeError(f"{doing} raised {type(error).__name__}") from error


def hint(name: str, candidates: Iterable[str]) -> str:
    """Return the end of a message about *name*: what may have been meant, or else what there is.

    >>> hint("nigthly", ["nightly", "weekly"]), hint("x", ["nightly", "weekly"]), hint("x", [])
    ("; did you mean 'nightly'?", "; there are 'nightly' and 'weekly'", '')
    """
    known = sorted(set(candidates))
    close = get_close_matches(name, known)
    if close:
        return f"; did you mean {' or '.join(map(repr, close))}?"
    more = len(known) - _LISTED
    shown = [repr(candidate) for candidate in known[:_LISTED]]
    if more > 0:
        shown.append(f"{more} more")
    if len(shown) > 1:
        return f"; there are {', '.join(shown[:-1])} and {shown[-1]}"
    return f"; there is {shown[0]}" if shown else ""
