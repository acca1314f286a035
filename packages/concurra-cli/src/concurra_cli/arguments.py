"""From the words of a command line to a request. The only file that imports argparse, and nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final, NamedTuple, NoReturn

from concurra_cli import __version__
from concurra_cli.manual import PROGRAM, SHELLS, STARTER, VERBS, epilog
from concurra_cli.options import LEVEL, OPTIONS, PAIRS, PATTERNS, SWITCH, Flag, Option
from concurra_cli.printed import printed
from concurra_cli.status import Status

FORMS: Final = ("text", "mermaid", "dot")


class Request(NamedTuple):
    """What a command line asks for.

    Args:
        verb: the command.
        target: what it is about, a path for ``init``; empty for `show_config`.
        said: texts by the name of the option; of a switch or a level, as many empty ones as it was said.
        form: how a graph is drawn.
        show_config: tell the settings, and do nothing else.
        force: write over what is there.
    """

    verb: str
    target: str
    said: dict[str, list[str]]
    form: str
    show_config: bool
    force: bool


class UsageError(Exception):
    """A command line that says nothing that could be done; *usage* is how it should look."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class Told(Exception):  # noqa: N818 - it is no error: help or version were asked for, and told
    """Everything that was asked for has been written, or could not be: see *status*."""

    def __init__(self, status: Status) -> None:
        super().__init__()
        self.status = status


def parse(argv: Sequence[str] | None) -> Request:
    """Return what *argv* asks for, by default the program's own arguments.

    Raises:
        UsageError: it makes no sense.
        Told: it asked for help or the version.
    """
    made, rest = _parser().parse_known_args(argv)
    found = vars(made)
    verb: _Parser = found["parser"]
    if rest:
        verb.error(f"unrecognized arguments: {' '.join(rest)}{_meant(rest[0], verb)}")
    said = {option.name: texts for option in OPTIONS if (texts := _texts(option, found)) is not None}
    target: str = found["target"] or ""
    if not target and not found.get("show_config", True):
        verb.error("the following arguments are required: TARGET")
    return Request(
        found["verb"],
        target,
        said,
        found.get("form", FORMS[0]),
        bool(found.get("show_config")),
        bool(found.get("force")),
    )


def described() -> dict[str, list[Flag]]:
    """Return the flags of each command, as the parser has them, and under an empty name those of the program."""
    parser = _parser()
    verbs = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))  # noqa: SLF001 - argparse tells nobody of its parts otherwise
    return {"": _flags(parser), **{name: _flags(each) for name, each in verbs.choices.items()}}


def _flags(parser: argparse.ArgumentParser) -> list[Flag]:
    return [
        Flag(
            tuple(action.option_strings),
            "" if action.nargs == 0 else str(action.metavar or "|".join(action.choices or ())),
            tuple(action.choices or ()),
            action.help or "",
        )
        for action in parser._actions  # noqa: SLF001 - as above
        if action.option_strings
    ]


def _meant(word: str, parser: argparse.ArgumentParser) -> str:
    """Return what a message about the flag *word*, which *parser* does not have, ends with."""
    if not word.startswith("-"):
        return ""
    from concurra_cli.errors import hint  # for those who mistype

    known = [name for flag in _flags(parser) for name in flag.names if name.startswith("--")]
    told = hint(word.partition("=")[0], known)
    return told if "mean" in told else f"; {parser.prog} --help lists what there is"


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

    def print_help(self, file: object = None) -> NoReturn:
        raise Told(printed(self.format_help()))


def _parser() -> _Parser:
    parser = _Parser(
        PROGRAM,
        description="Run workflows of Concurra, and look at them before.",
        epilog=epilog(""),
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Said, nargs=0, help="show the version and exit")
    parser.add_argument(
        "--print-completion",
        action=_Said,
        choices=SHELLS,
        metavar="SHELL",
        help=f"write what completes the command in {', '.join(SHELLS)}, and exit",
    )
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="verb")
    for verb, does in VERBS.items():
        made = verbs.add_parser(
            verb,
            help=does,
            allow_abbrev=False,
            description=f"{does[0].upper()}{does[1:]}.",
            epilog=epilog(verb),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(parser=made)
        _describe(made, verb)
    return parser


def _describe(parser: argparse.ArgumentParser, verb: str) -> None:
    starts = verb == "init"
    told = f"where to; {STARTER} by default" if starts else "such as flows.py:nightly"
    parser.add_argument("target", metavar="PATH" if starts else "TARGET", nargs="?", help=told)
    if starts:
        parser.add_argument("--force", action="store_true", help="write over what is there")
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
    if not starts:
        parser.add_argument(
            "--show-config", action="store_true", help="tell each setting and where it came from"
        )


def _add(group: argparse._ArgumentGroup, option: Option) -> None:
    names = [option.short, option.flag] if option.short else [option.flag]
    if option.kind in {SWITCH, LEVEL}:
        group.add_argument(*names, option.off, action=_OnOff, dest=option.name, help=option.help)
    elif option.choices:
        group.add_argument(*names, choices=option.choices, dest=option.name, help=option.help)
    else:
        many = option.kind in {PATTERNS, PAIRS}
        action = "append" if many else "store"
        group.add_argument(*names, action=action, metavar=option.metavar, dest=option.name, help=option.help)


class _OnOff(argparse.Action):
    """Count how often a flag is there since the last of its names, which sets it back to none."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002 - argparse says so
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        before = getattr(namespace, self.dest) or 0
        setattr(namespace, self.dest, 0 if option_string == self.option_strings[-1] else before + 1)

    def format_usage(self) -> str:
        return f"{self.option_strings[0]} | {self.option_strings[-1]}"


class _Said(argparse.Action):
    """Write the version or a script, and take it that a reader may have gone."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> NoReturn:
        text = f"{PROGRAM} {__version__}\n"
        if self.choices:
            from concurra_cli.completion import script  # for those who ask

            text = script(str(values), described())
        raise Told(printed(text))
