"""Public callables by their signatures, each parameter given anything, and the outcome judged."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Iterator, Mapping
from itertools import dropwhile
from types import MappingProxyType
from typing import Any, Final

import attrs
from concurra import AddOptions, ConcurraError, RunSettings
from strange_values import HostileError

# What the keywords of a signature stand for that ends in `**options` or `**settings`.
_KEYWORDS: Final = {"options": AddOptions, "settings": RunSettings}
_NAMED: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
# Far more than any message needs, whatever it quotes.
_LONGEST: Final = 2500
# What messages call a parameter that has a name of its own in this one place.
CALLED: Final = {
    "key": "label",
    "call": "task|call|async generator",
    "f": "task|async generator",
    "task": "task|async generator",
    "line": "command",
    "items": "items|given to task",
    "patterns": "patterns|no task matches",
    "exclude": "exclude|no task matches",
    "flow": "Workflow",
    # What assertions on a simulated run are given.
    "first": "a task is named by",
    "second": "a task is named by",
    "tasks": "a task is named by",
}


@attrs.frozen(repr=False)
class Door:
    """One public callable.

    Args:
        name: what it is called.
        make: makes what it is called of, anew each time.
        call: gives the callable.
        end: called with both, after the call or its refusal: is everything as it should be? What was returned is
            None after a refusal.
        given: what it is given where nothing strange is, for parameters that have no default.
    """

    name: str
    make: Callable[[], Any]
    call: Callable[[Any], Callable[..., Any]]
    end: Callable[[Any, Any], object]
    given: Mapping[str, Any] = MappingProxyType({})

    def __repr__(self) -> str:
        return self.name

    def parameters(self) -> Iterator[str]:
        """Yield the name of each parameter that takes something of its own, not of a function's that is handed on."""
        explicit = inspect.signature(self.call(self.make())).parameters
        for parameter in explicit.values():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                expanded = _KEYWORDS[parameter.name].__annotations__ if parameter.name in _KEYWORDS else ()
                yield from (name for name in expanded if name not in explicit)
            elif parameter.kind is not inspect.Parameter.VAR_POSITIONAL or parameter.name != "args":
                yield parameter.name

    def use(self, name: str, value: object) -> None:
        """Give *value* as the parameter *name*: that works, or is refused as it should be."""
        subject = self.make()
        target = self.call(subject)
        args, kwargs = self._arguments(target, name, value)
        made = None
        try:
            made = target(*args, **kwargs)
        except Exception as error:
            judge(error, name)
        self.end(subject, made)

    def _arguments(
        self, target: Callable[..., Any], name: str, value: object
    ) -> tuple[list[object], dict[str, object]]:
        args: list[object] = []
        kwargs: dict[str, object] = {}
        for parameter in inspect.signature(target).parameters.values():
            needed = parameter.default is inspect.Parameter.empty
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                args += [value] if parameter.name == name else []
            elif parameter.kind is not inspect.Parameter.VAR_KEYWORD and (needed or parameter.name == name):
                given = value if parameter.name == name else self.given[parameter.name]
                if parameter.kind in _NAMED:
                    kwargs[parameter.name] = given
                else:
                    args.append(given)
        if name not in inspect.signature(target).parameters:
            kwargs[name] = value  # one of `**options`
        return args, kwargs


def judge(error: Exception, name: str) -> None:
    """Look whether *error* says of the parameter *name*, on purpose and at the user's line, what is wrong."""
    # The first frames are the caller's. Behind them is nobody but the library: it asked nothing of the value unguarded.
    frames = dropwhile(lambda frame: not _is_ours(frame), (frame for frame, _ in _walk(error)))
    foreign = [frame for frame in frames if not _is_ours(frame)]
    if isinstance(
        error, HostileError
    ):  # what an iterable raises when it is gone through is raised, with a note
        assert any(_names(note, name) for note in getattr(error, "__notes__", ())), error
        return
    assert not foreign, (foreign, error)
    assert isinstance(error, TypeError | ValueError | OSError | ConcurraError), error
    *_, (last, line) = _walk(error)
    source = linecache.getline(last, line).strip()
    assert source.startswith("raise") or isinstance(error, OSError), (last, line, source, error)
    assert _names(str(error), name) or isinstance(error, OSError | ConcurraError), (name, error)
    assert len(str(error)) < _LONGEST or isinstance(error, OSError)


def _walk(error: Exception) -> Iterator[tuple[str, int]]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def _is_ours(file: str) -> bool:
    return "/src/concurra" in file or file.startswith("<attrs generated")


def _names(text: str, name: str) -> bool:
    return any(word in text for word in CALLED.get(name, name).split("|"))
