"""``concurra-cli COMMAND TARGET``: from the words of a command line to an exit status.

Exit status: 0 all good, 1 a task failed, 2 bad usage or nothing could be loaded, 3 the graph is invalid, 4 nothing is
selected, 124 the run came to its deadline, 129 the terminal has gone, 130 interrupted, 143 terminated.

Nothing heavy is imported before there is something to do: ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from concurra_cli.arguments import Told, UsageError, parse
from concurra_cli.manual import PROGRAM
from concurra_cli.printed import printed
from concurra_cli.status import Status


def run() -> NoReturn:
    """Do what the command line says and end the program."""
    status = main()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError:
            # Whoever read this has gone, or a disk is full. Python flushes once more at its end, and that must not fail.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Do what *argv* says, the program's own arguments by default, and return the exit status.

    A target is loaded once in a program that is this command: see `concurra_cli.stdout`.
    """
    try:
        request = parse(argv)
    except Told as told:
        return told.status
    except UsageError as error:
        return _misused(error, sys.argv[1:] if argv is None else argv)
    try:
        from concurra_cli.job import perform

        return perform(request)
    except KeyboardInterrupt:
        return Status.INTERRUPTED


def _misused(error: UsageError, argv: Sequence[str]) -> int:
    from concurra_cli.settings import json_said, wants_json

    if wants_json(said=json_said(argv)):
        from concurra_cli.show import json_text

        told = {"type": "UsageError", "message": str(error), "status": int(Status.UNUSABLE)}
        printed(f"{json_text({'error': told})}\n")
    with suppress(OSError, AttributeError):  # a reader that has gone; no stderr at all
        sys.stderr.write(f"{error.usage}{PROGRAM}: error: {error}\n")
    return Status.UNUSABLE
