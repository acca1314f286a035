"""Write docs/flags.md, the reference of the command's flags, from its parser: `make flags`.

`python scripts/flags.py --check` writes nothing, and has the exit status 1 if the page is not what it would write.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from concurra_cli.arguments import described
from concurra_cli.manual import PROGRAM, VERBS
from concurra_cli.options import BY_NAME, Flag
from concurra_cli.status import Status
from doc_page import write_or_check

_HEAD: Final = """\
# Flags of the command

Written by `make flags` out of the parser itself. What the flags are for, with examples, is in [run from the command line](howto/cli.md).

A setting has the same name everywhere: `--fail-fast` is `CONCURRA_FAIL_FAST` in the environment and `fail-fast` in the table `[tool.concurra]` of pyproject.toml. Flags hold over the environment, that over the file. In both, several patterns or pairs are several words; in the file, a list or a table.
"""
_MEANINGS: Final = {
    Status.SUCCEEDED: "all good",
    Status.FAILED: "a task failed",
    Status.UNUSABLE: "bad usage, or nothing could be loaded",
    Status.INVALID: "the graph is invalid",
    Status.NOTHING: "nothing is selected",
    Status.LATE: "the run came to its deadline",
    Status.HUNG_UP: "the terminal has gone (SIGHUP)",
    Status.INTERRUPTED: "interrupted by Ctrl-C",
    Status.TERMINATED: "terminated by SIGTERM",
}


def page() -> str:
    """Return the page."""
    flags = described()
    parts = [_HEAD, f"## {PROGRAM}\n\n{_table(flags[''])}", f"## Commands\n\n{_commands()}"]
    parts += [
        f"## {verb}\n\n{does[0].upper()}{does[1:]}.\n\n{_table(flags[verb])}" for verb, does in VERBS.items()
    ]
    statuses = "".join(f"| {status.value} | {_MEANINGS[status]} |\n" for status in Status)
    parts.append(f"## Exit status\n\n| status | meaning |\n|---|---|\n{statuses}")
    return "\n".join(parts)


def _commands() -> str:
    rows = "".join(f"| [`{verb}`](#{verb}) | {does} |\n" for verb, does in VERBS.items())
    return f"| command | what it does |\n|---|---|\n{rows}"


def _table(flags: Sequence[Flag]) -> str:
    return f"| flag | meaning | variable |\n|---|---|---|\n{''.join(map(_row, flags))}"


def _row(flag: Flag) -> str:
    value = f" {flag.metavar}" if flag.metavar else ""
    names = ", ".join(f"`{name}{value}`" for name in flag.names).replace("|", r"\|")
    option = next((BY_NAME[name[2:]] for name in flag.names if name[2:] in BY_NAME), None)
    variable = f"`{option.variable}`" if option else ""
    return f"| {names} | {flag.help} | {variable} |\n"


if __name__ == "__main__":
    sys.exit(write_or_check("flags.md", page, sys.argv[1:]))
