"""The table of options: what may be said as a flag, as ``CONCURRA_*`` and in ``[tool.concurra]``, by the same names.

Light: it is read for ``--help``.
"""

from __future__ import annotations

from typing import Final, NamedTuple

# How the value of an option is told.
COUNT: Final = "count"  # a whole number
DURATION: Final = "duration"  # seconds, or such as 5m and 1h30m; none is no limit
SWITCH: Final = "switch"  # yes or no
LEVEL: Final = "level"  # how often a flag is there
PATTERNS: Final = "patterns"  # any number of words
PAIRS: Final = "pairs"  # any number of KEY=VALUE
CHOICE: Final = "choice"
PATH: Final = "path"

OUTPUTS: Final = ("group", "stream", "failed", "none")


class Option(NamedTuple):
    """An option. *least* is for counts."""

    name: str
    kind: str
    help: str
    group: str
    verbs: str = "run plan list graph validate"
    short: str = ""
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    least: int = 0

    @property
    def flag(self) -> str:
        """The long flag."""
        return f"--{self.name}"

    @property
    def off(self) -> str:
        """The flag that switches a switch or a level off."""
        return f"--{self.name.removeprefix('no-')}" if self.name.startswith("no-") else f"--no-{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"{PREFIX}{self.name.replace('-', '_').upper()}"


class Flag(NamedTuple):
    """A flag as the parser has it: its names, what stands for its value if it takes one, and what that can be."""

    names: tuple[str, ...]
    metavar: str
    choices: tuple[str, ...]
    help: str


PREFIX: Final = "CONCURRA_"
_WHAT: Final = "what to run"
_HOW: Final = "how to run it"
_SHOWN: Final = "what is shown"

OPTIONS: Final = (
    Option("select", PATTERNS, "tasks to take: a label, a glob, or tag:NAME; +LABEL brings all it depends on, LABEL+ all that depends on it; may be repeated", _WHAT, short="-s", metavar="PATTERN"),
    Option("exclude", PATTERNS, "tasks to leave out, by the same patterns; may be repeated", _WHAT, metavar="PATTERN"),
    Option("param", PAIRS, "an argument for the function that TARGET names, made what its annotation says; may be repeated", _WHAT, short="-p", metavar="KEY=VALUE"),
    Option("env", PAIRS, "set an environment variable before TARGET is loaded, KEY alone: it must be set; may be repeated", _WHAT, metavar="KEY=VALUE"),
    Option("app-dir", PATH, "where modules are looked for first; the current folder by default", _WHAT, metavar="DIR"),
    Option("jobs", COUNT, "most tasks running at once; by default what TARGET says, or the number of processors", _HOW, "run validate", short="-j", metavar="N", least=1),
    Option("keep-going", SWITCH, "run what does not depend on a failure, whatever TARGET says", _HOW, "run", short="-k"),
    Option("fail-fast", SWITCH, "stop everything at the first failure", _HOW, "run", short="-x"),
    Option("processes", SWITCH, "run callables that say nothing of where in worker processes", _HOW, "run list validate"),
    Option("timeout", DURATION, "most time for one attempt of a task that says nothing itself: 90, 90s, 5m, 1h30m", _HOW, "run list", metavar="TIME"),
    Option("deadline", DURATION, "most time for the whole run", _HOW, "run", metavar="TIME"),
    Option("retries", COUNT, "further attempts of a task that says nothing itself", _HOW, "run list", metavar="N"),
    Option("limit", PAIRS, "how much there is of a named limit that tasks use; may be repeated", _HOW, "run validate", metavar="NAME=N"),
    Option("dry-run", SWITCH, "show the plan and run nothing", _HOW, "run", short="-n"),
    Option("json", SWITCH, "write one JSON object to standard output, also about an error", _SHOWN, "run plan list graph validate init"),
    Option("output", CHOICE, "what tasks write: with the task that wrote it when that ends, as it comes, of failed tasks alone, or not at all", _SHOWN, "run", choices=OUTPUTS),
    Option("log-json", PATH, "append each event of the run to a file, one JSON object a line; needs concurra-logging", _SHOWN, "run", metavar="PATH"),
    Option("report", PATH, "write what --json writes to a file as well", _SHOWN, "run", metavar="PATH"),
    Option("quiet", LEVEL, "no progress; twice: no failures and no summary either", _SHOWN, short="-q"),
    Option("verbose", LEVEL, "a line for each start and end", _SHOWN, short="-v"),
    Option("no-color", SWITCH, "no colours, as NO_COLOR says too", _SHOWN),
)  # fmt: skip
BY_NAME: Final = {option.name: option for option in OPTIONS}
