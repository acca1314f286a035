"""From the words of a command line to a request. The only file that imports argparse; nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple, NoReturn

from concurra_cli import __version__
from concurra_cli.options import LEVEL, OPTIONS, PAIRS, PATTERNS, SWITCH, Option

PROGRAM: Final = "concurra-cli"

_VERBS: Final = {
    "run": "run the tasks of a target",
    "plan": "show what a run will look like: waves, order, critical path",
    "list": "show the tasks of a target",
    "graph": "draw the tasks of a target, and what waits for what",
    "validate": "find everything that is wrong with a target, without running it",
}
_TARGET: Final = """\
TARGET is a Workflow, a TaskRunner, or a function that returns one:

  module:attr         from the modules of the current folder or of the environment; attr may be dotted
  module              its attribute 'flow' or 'runner'
  path/file.py:attr   from a file; its folder is where it imports from
  path/file.py        its attribute 'flow' or 'runner'

stdout gets data and nothing else; progress, failures and whatever the tasks print go to stderr.
Options may be set in [tool.concurra] of pyproject.toml and as CONCURRA_* too; --show-config tells what holds.

exit status: 0 all good, 1 a task failed, 2 bad usage or nothing could be loaded, 3 the graph is invalid,
4 nothing is selected, 124 the run came to its deadline, 130 interrupted, 143 terminated
"""
_EXAMPLES: Final = {
    "run": (
        "run flows.py                      run all tasks of flow or runner in flows.py",
        "run flows:nightly -p day=monday   call nightly(day='monday') and run what it returns",
        "run flows -s +report -j 4         run report and all that it depends on, 4 at a time",
        "run flows --json | jq .counts     use the results",
    ),
    "plan": ("plan flows -s +report", "plan flows --json | jq .plan.critical_path"),
    "list": ("list flows -s 'tag:nightly'", "list flows -v"),
    "graph": ("graph flows --as dot | dot -Tsvg > flows.svg", "graph flows --as mermaid"),
    "validate": ("validate flows -j 4 --limit db=2",),
}
FORMS: Final = ("text", "mermaid", "dot")


class Request(NamedTuple):
    """What a command line asks for.

    Args:
        verb: the command.
        target: what it is about; empty for `show_config`.
        said: texts by the name of the option; of a switch or a level, as many empty ones as it was said.
        form: how a graph is drawn.
        show_config: tell the settings, and do nothing else.
    """

    verb: str
    target: str
    said: dict[str, list[str]]
    form: str
    show_config: bool


class UsageError(Exception):
    """A command line that says nothing that could be done; *usage* is how it should look."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class Told(Exception):  # noqa: N818 - it is no error: help or version were asked for, and told
    """Everything that was asked for has been written."""


def parse(argv: Sequence[str] | None) -> Request:
    """Return what *argv* asks for, by default the program's own arguments.

    Raises:
        UsageError: it makes no sense.
        Told: it asked for help or the version.
    """
    found = vars(_parser().parse_args(argv))
    said = {option.name: texts for option in OPTIONS if (texts := _texts(option, found)) is not None}
    target: str = found["target"] or ""
    if not target and not found["show_config"]:
        found["parser"].error("the following arguments are required: TARGET")
    return Request(found["verb"], target, said, found.get("form", FORMS[0]), found["show_config"])


def _texts(option: Option, found: dict[str, object]) -> list[str] | None:
    value = found.get(option.name)
    if value is None:
        return None
    if option.kind == LEVEL:
        return [""] * value if isinstance(value, int) else None
    if option.kind == SWITCH:
        return ["yes" if value else "no"]
    return [*map(str, value)] if isinstance(value, list) else [str(value)]


class _Parser(argparse.ArgumentParser):
    """A parser that raises where argparse would end the program."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, self.format_usage())

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise Told(message or "")

    def print_help(self, file: object = None) -> None:
        with suppress(BrokenPipeError):
            print(self.format_help(), end="", flush=True)


def _parser() -> _Parser:
    parser = _Parser(
        PROGRAM,
        description="Run workflows of Concurra, and look at them before.",
        epilog=f"{PROGRAM} COMMAND --help tells more.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="verb")
    for verb, does in _VERBS.items():
        examples = "".join(f"  {PROGRAM} {example}\n" for example in _EXAMPLES[verb])
        made = verbs.add_parser(
            verb,
            help=does,
            allow_abbrev=False,
            description=f"{does[0].upper()}{does[1:]}.",
            epilog=f"{_TARGET}\nexamples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _describe(made, verb)
    return parser


def _describe(parser: argparse.ArgumentParser, verb: str) -> None:
    parser.set_defaults(parser=parser)
    parser.add_argument("target", metavar="TARGET", nargs="?", help="such as flows.py:nightly")
    groups: dict[str, argparse._ArgumentGroup] = {}
    for option in OPTIONS:
        if verb in option.verbs.split():
            if option.group not in groups:
                groups[option.group] = parser.add_argument_group(option.group)
            _add(groups[option.group], option)
    if verb == "graph":
        groups["what is shown"].add_argument(
            "--as",
            dest="form",
            choices=FORMS,
            default=FORMS[0],
            help="for a terminal, for Markdown, for Graphviz",
        )
    parser.add_argument("--show-config", action="store_true", help="tell each setting and where it came from")


def _add(group: argparse._ArgumentGroup, option: Option) -> None:
    names = [option.short, option.flag] if option.short else [option.flag]
    if option.kind == SWITCH:
        action: object = argparse.BooleanOptionalAction if option.off else "store_true"
        group.add_argument(*names, action=action, default=None, dest=option.name, help=option.help)  # type: ignore[arg-type] # either kind of action
    elif option.kind == LEVEL:
        group.add_argument(*names, action="count", dest=option.name, help=option.help)
    elif option.choices:
        group.add_argument(*names, choices=option.choices, dest=option.name, help=option.help)
    else:
        many = option.kind in {PATTERNS, PAIRS}
        action = "append" if many else "store"
        group.add_argument(*names, action=action, metavar=option.metavar, dest=option.name, help=option.help)


class _Version(argparse.Action):
    """Show the version, and take it that a reader may have gone."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> NoReturn:
        with suppress(BrokenPipeError):
            print(f"{PROGRAM} {__version__}", flush=True)
        parser.exit()
