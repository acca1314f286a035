"""``concurra-cli run TARGET``: from the words of a command line to an exit status.

Exit status: 0 every task succeeded, 1 a task did not, 2 bad usage or nothing to run could be loaded,
3 the graph is invalid, 130 interrupted.

Nothing heavy is imported before a target is to be loaded: ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NoReturn

from concurra_cli.status import Status

PROGRAM: Final = "concurra-cli"

_TARGET = """\
TARGET names a TaskRunner, or a function without required arguments that returns one:

  module:attr         from the modules of the current folder or of the environment; attr may be dotted
  module              its attribute 'flow' or 'runner'
  path/file.py:attr   from a file; its folder is where it imports from
  path/file.py        its attribute 'flow' or 'runner'

stdout gets the results and nothing else; progress, failures and whatever the tasks print go to stderr.

exit status: 0 every task succeeded, 1 a task did not, 2 bad usage or nothing to run could be loaded,
3 the graph is invalid, 130 interrupted
"""


def run() -> NoReturn:
    """Do what the command line says and end the program."""
    status = main()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BrokenPipeError:
            # Whoever read this has gone. Python flushes once more at its end, and that must not fail.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Do what *argv* says, the program's own arguments by default, and return the exit status.

    A target is run once in a program that is this command: see `concurra_cli.stdout`.
    """
    try:
        options = _parser().parse_args(argv)
    except SystemExit as end:  # how argparse ends: after the help, and after an error it has told
        return Status.UNUSABLE if end.code else Status.SUCCEEDED
    try:
        from concurra_cli.job import run_target

        return run_target(options.target, as_json=options.json)
    except KeyboardInterrupt:
        return Status.INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(PROGRAM, description="Run Concurra workflows.", allow_abbrev=False)
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    runs = verbs.add_parser(
        "run",
        allow_abbrev=False,
        help="run the tasks of a target",
        description="Run the tasks of TARGET and print a table of the results.",
        epilog=_TARGET,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    runs.add_argument("target", metavar="TARGET", help="what to run, such as flows.py:nightly")
    runs.add_argument("--json", action="store_true", help="print the results as one JSON object")
    return parser


class _Version(argparse.Action):
    """Show the version. argparse's own action wants to know it before anybody has asked."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> NoReturn:
        from importlib.metadata import version

        with suppress(BrokenPipeError):
            print(f"{PROGRAM} {version('concurra-cli')}")
        parser.exit()
