"""What stderr is: a terminal or not, with colours or not, the log of GitHub Actions."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import NamedTuple, TextIO

from concurra_cli.settings import Settings


class Screen(NamedTuple):
    """Where talk goes.

    Args:
        live: there can be a live board.
        color: colours are seen.
        github: a log of GitHub Actions, with its groups and annotations.
        verbosity: how much is shown; 0 is the usual.
    """

    live: bool
    color: bool
    github: bool
    verbosity: int

    def red(self, text: str) -> str:
        """Return *text* as a failure looks."""
        return f"\x1b[31m{text}\x1b[39m" if self.color else text

    def green(self, text: str) -> str:
        """Return *text* as a success looks."""
        return f"\x1b[32m{text}\x1b[39m" if self.color else text

    def bold(self, text: str) -> str:
        """Return *text* as what matters looks."""
        return f"\x1b[1m{text}\x1b[22m" if self.color else text


def screen_of(
    settings: Settings, stderr: TextIO | None = None, environ: Mapping[str, str] = os.environ
) -> Screen:
    """Return what *stderr* is, by default the program's."""
    stream = sys.stderr if stderr is None else stderr
    try:
        terminal = stream is not None and stream.isatty() and environ.get("TERM") != "dumb"
    except ValueError:  # the user's code has closed it
        terminal = False
    github = environ.get("GITHUB_ACTIONS") == "true"
    live = terminal and not github and settings.verbosity >= 0 and find_spec("rich") is not None
    color = terminal and not settings.on("no-color")
    return Screen(live, color, github, settings.verbosity)
