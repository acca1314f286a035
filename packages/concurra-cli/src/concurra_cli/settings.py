"""What holds: of each option its value and where that came from. Flags over ``CONCURRA_*`` over pyproject.toml."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from concurra_cli.errors import SettingError, hint
from concurra_cli.options import BY_NAME, OPTIONS, PAIRS, PATH, PREFIX, Option
from concurra_cli.values import from_texts, from_toml, from_variable, switch

DEFAULT: Final = "default"
_OPPOSITES: Final = {"keep-going": "fail-fast", "fail-fast": "keep-going"}


class Setting(NamedTuple):
    """A value, and where it came from."""

    value: object
    source: str


class Settings:
    """The settings that somebody said, by name, and of tables by ``name.key``, in `found`."""

    def __init__(self) -> None:
        self.found: dict[str, Setting] = {}

    def get(self, name: str) -> Any:  # Any: the kind of the option says what it is
        """Return what the option *name* is, None if nobody said."""
        setting = self.found.get(name)
        return None if setting is None else setting.value

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
        return int(self.get("verbose") or 0) - int(self.get("quiet") or 0)

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
        """Switch *opposite* off, unless it was said in the same breath."""
        other = self.found.get(opposite)
        if other is not None and other.value and _place(other.source) == _place(source):
            raise SettingError(f"{source}: not both {option.name} and {opposite}")
        self.found[opposite] = Setting(False, source)

    def rows(self) -> Iterator[tuple[str, object, str]]:
        """Yield name, value and source of every option, said or not."""
        for option in OPTIONS:
            said = self.table(option.name) if option.kind == PAIRS else {}
            for key, setting in said.items():
                yield f"{option.name}.{key}", setting.value, setting.source
            if not said:
                setting = self.found.get(option.name, Setting(_usual(option), DEFAULT))
                yield option.name, setting.value, setting.source


def settings_of(
    said: Mapping[str, list[str]], environ: Mapping[str, str] = os.environ, cwd: Path | None = None
) -> Settings:
    """Return the settings: *said* on the command line over *environ* over the nearest pyproject.toml above *cwd*.

    Raises:
        SettingError: a name is not known, or a value makes no sense.
    """
    settings = Settings()
    _read_pyproject(settings, Path.cwd() if cwd is None else cwd)
    for variable in sorted(environ):
        if variable.startswith(PREFIX):
            option = _known(variable, {option.variable: option for option in OPTIONS}, "environment variable")
            settings.say(option, _converted(from_variable, option, environ[variable], variable), variable)
    for name, texts in said.items():
        option = BY_NAME[name]
        settings.say(option, _converted(from_texts, option, texts, option.flag), option.flag)
    return settings


def wants_json(*, said: bool) -> bool:
    """Return whether an error is to be told as JSON, as far as that is known where settings cannot be had."""
    if said:
        return True
    text = os.environ.get(BY_NAME["json"].variable)
    with suppress(SettingError, ValueError):
        if text is not None:
            return switch(text)
        from concurra_cli.pyproject import nearest_table

        return nearest_table(Path.cwd())[1].get("json") is True
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


def usual_output(environ: Mapping[str, str] = os.environ) -> str:
    """Return how what tasks write is shown where nobody says: a log of GitHub Actions folds groups."""
    return "group" if environ.get("GITHUB_ACTIONS") == "true" else "stream"


def _usual(option: Option) -> object:
    """Return what *option* is where nobody says; None where the target says, or the library."""
    usual = {"output": usual_output(), "app-dir": ".", "quiet": 0, "verbose": 0}
    return usual.get(option.name, False if option.name in {"dry-run", "json", "no-color"} else None)


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
    if source.startswith("--"):
        return "--"
    return PREFIX if source.startswith(PREFIX) else "file"
