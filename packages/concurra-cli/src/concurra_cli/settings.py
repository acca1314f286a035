"""What holds: of each option its value and where that came from. Flags over ``CONCURRA_*`` over pyproject.toml."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from concurra_cli.errors import SettingError, hint
from concurra_cli.options import BY_NAME, LEVEL, OPTIONS, PAIRS, PATH, PREFIX, SWITCH, Option
from concurra_cli.values import from_texts, from_toml, from_variable

DEFAULT: Final = "default"
_FLAG: Final = "--"  # what the source of a setting begins with that a flag said
_NO_COLOR: Final = "NO_COLOR"
_GITHUB: Final = "GITHUB_ACTIONS"
HIDDEN: Final = "***"  # in the place of what may be a secret
_OPPOSITES: Final = {
    "keep-going": "fail-fast",
    "fail-fast": "keep-going",
    "quiet": "verbose",
    "verbose": "quiet",
}
# What options are where nobody says, but for those that the target says then, or the library.
_USUAL: Final = {
    "app-dir": ".",
    "quiet": 0,
    "verbose": 0,
    "dry-run": False,
    "json": False,
    "no-color": False,
}


class Setting(NamedTuple):
    """A value, and where it came from."""

    value: object
    source: str

    @property
    def by_flag(self) -> bool:
        """Whether a flag said it."""
        return self.source.startswith(_FLAG)


class Settings:
    """The settings that somebody said, by name, and of tables by ``name.key``, in `found`."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.found: dict[str, Setting] = {}
        self._environ = environ

    def get(self, name: str) -> Any:  # Any: the kind of the option says what it is
        """Return what the option *name* is; None if nobody said, and the target or the library decides then."""
        return self._setting(name).value

    def source(self, name: str) -> str:
        """Return who said what the option *name* is."""
        return self._setting(name).source

    def by_flag(self, name: str) -> bool:
        """Return whether a flag did."""
        return self._setting(name).by_flag

    def _setting(self, name: str) -> Setting:
        if name in self.found:
            return self.found[name]
        if name == "output":  # a log of GitHub Actions folds groups
            folds = self._environ.get(_GITHUB) == "true"
            return Setting("group", _GITHUB) if folds else Setting("stream", DEFAULT)
        return Setting(_USUAL.get(name), DEFAULT)

    def on(self, name: str) -> bool:
        """Return whether the switch *name* is on."""
        return bool(self.get(name))

    def table(self, name: str) -> dict[str, Setting]:
        """Return what was said of the keys of the option *name*."""
        start = f"{name}."
        return {
            key.removeprefix(start): setting for key, setting in self.found.items() if key.startswith(start)
        }

    @property
    def verbosity(self) -> int:
        """How much is shown; 0 is the usual."""
        return int(self.get("verbose")) - int(self.get("quiet"))

    def say(self, option: Option, value: object, source: str) -> None:
        """Take *value* over what was said before."""
        if option.kind == PAIRS:
            assert isinstance(value, Mapping)  # noqa: S101 - Invariant: see `values`
            self.found.update((f"{option.name}.{key}", Setting(item, source)) for key, item in value.items())
            return
        self.found[option.name] = Setting(value, source)
        opposite = _OPPOSITES.get(option.name)
        if opposite is not None and value:
            self._contradict(option, opposite, source)

    def _contradict(self, option: Option, opposite: str, source: str) -> None:
        """Switch *opposite* off; where both were said in the same breath, levels go against each other."""
        other = self.found.get(opposite)
        at_once = other is not None and other.value and _place(other.source) == _place(source)
        if not at_once:
            self.found[opposite] = Setting(0 if option.kind == LEVEL else False, source)
        elif option.kind != LEVEL:
            raise SettingError(f"{source}: not both {option.name} and {opposite}")

    def rows(self) -> Iterator[tuple[str, object, str]]:
        """Yield name, value and source of every option, said or not. What may be a secret is hidden."""
        for option in OPTIONS:
            said = self.table(option.name) if option.kind == PAIRS else {}
            for key, setting in said.items():
                value = HIDDEN if option.name == "env" else setting.value
                yield f"{option.name}.{key}", value, setting.source
            if not said:
                yield option.name, *self._setting(option.name)


def settings_of(
    said: Mapping[str, list[str]], environ: Mapping[str, str] = os.environ, cwd: Path | None = None
) -> Settings:
    """Return the settings: *said* on the command line over *environ* over the nearest pyproject.toml above *cwd*.

    Raises:
        SettingError: a name is not known, or a value makes no sense.
    """
    settings = Settings(environ)
    _read_pyproject(settings, Path.cwd() if cwd is None else cwd)
    if environ.get(_NO_COLOR):
        settings.say(BY_NAME["no-color"], True, _NO_COLOR)
    for variable in sorted(environ):
        if variable.startswith(PREFIX):
            option = _known(variable, {option.variable: option for option in OPTIONS}, "environment variable")
            settings.say(option, _converted(from_variable, option, environ[variable], variable), variable)
    for name, texts in said.items():
        option = BY_NAME[name]
        value = _converted(from_texts, option, texts, option.flag)
        off = option.kind in {SWITCH, LEVEL} and not value
        settings.say(option, value, option.off if off else option.flag)
    for key, setting in settings.table("env").items():
        if setting.value is None and key not in environ:
            raise SettingError(f"{setting.source}: {key!r} is not set; say {key}=VALUE, or set it before")
    return settings


def json_said(words: Sequence[str]) -> bool | None:
    """Return what the *words* of a command line that makes no sense say of JSON, None if they say nothing."""
    option = BY_NAME["json"]
    said = [word == option.flag for word in words if word in {option.flag, option.off}]
    return said[-1] if said else None


def wants_json(*, said: bool | None) -> bool:
    """Return whether an error is to be told as JSON where settings cannot be had, but what flags *said* is known."""
    if said is not None:
        return said
    option = BY_NAME["json"]
    with suppress(SettingError, ValueError):
        if option.variable in os.environ:
            return bool(from_variable(option, os.environ[option.variable]))
        from concurra_cli.pyproject import nearest_table

        return bool(from_toml(option, nearest_table(Path.cwd())[1].get(option.name, False)))
    return False


def _read_pyproject(settings: Settings, cwd: Path) -> None:
    from concurra_cli.pyproject import nearest_table  # a TOML parser, where there is TOML

    file, table = nearest_table(cwd)
    for key, value in table.items():
        option = _known(key, BY_NAME, f"key in [tool.concurra] of {file}:")
        source = f"{file}: {key}"
        made = _converted(from_toml, option, value, source)
        if option.kind == PATH:
            made = str(file.parent / str(made))
        settings.say(option, made, source)


def _known(name: str, known: Mapping[str, Option], what: str) -> Option:
    if name not in known:
        raise SettingError(f"unknown {what} {name!r}{hint(name, known)}")
    return known[name]


def _converted(convert: Callable[[Option, Any], object], option: Option, said: Any, source: str) -> object:
    try:
        return convert(option, said)
    except ValueError as error:
        raise SettingError(f"{source}: {error}") from None


def _place(source: str) -> str:
    """Return the layer that *source* belongs to."""
    if source.startswith(_FLAG):
        return _FLAG
    return PREFIX if source.startswith(PREFIX) else "file"
