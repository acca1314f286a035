"""Arguments for a function from texts, made what its annotations say."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from concurra_cli.errors import TargetError, hint
from concurra_cli.settings import Setting
from concurra_cli.values import switch

_ANY: Final = (Parameter.empty, Any, object)
_NONE: Final = frozenset({"", "none", "null"})
_LISTS: Final = {list: list, Sequence: list, Iterable: list, tuple: tuple, set: set, frozenset: frozenset}
_NAMED: Final = {"str": str, "int": int, "float": float, "bool": bool, "Path": Path}


def bound(
    target: object, factory: Callable[..., object], said: Mapping[str, Setting]
) -> Callable[[], object]:
    """Return a call of *factory* with the arguments *said*; its value is a list of texts for each name.

    What a setting below the flags says of a parameter that *factory* does not have is for another target.

    Raises:
        TargetError: a parameter is not known or missing, or a text is not what its annotation says.
    """
    parameters = parameters_of(factory)
    rest = next((each for each in parameters.values() if each.kind is Parameter.VAR_KEYWORD), None)
    known = {name: each for name, each in parameters.items() if each.kind not in _LOOSE}
    args: list[object] = []
    kwargs: dict[str, object] = {}
    for name, setting in said.items():
        parameter = known.get(name, rest)
        if parameter is not None:
            kwargs[name] = _made(target, name, parameter, setting)
        elif setting.by_flag:
            raise TargetError(f"{target} has no parameter {name!r}{hint(name, known)}")
    missing = [
        name if _is_any(each.annotation) else f"{name} ({_spelt(each.annotation)})"
        for name, each in known.items()
        if name not in kwargs and each.default is Parameter.empty
    ]
    if missing:
        raise TargetError(
            f"{target} cannot be called without its arguments: {', '.join(missing)}; say -p NAME=VALUE"
        )
    for name, each in known.items():
        if each.kind is Parameter.POSITIONAL_ONLY:
            if name not in kwargs:
                break
            args.append(kwargs.pop(name))
    return lambda: factory(*args, **kwargs)


def parameters_of(factory: Callable[..., object]) -> Mapping[str, Parameter]:
    """Return the parameters of *factory*; none if nobody knows them."""
    for evaluated in (True, False):
        try:
            return inspect.signature(factory, eval_str=evaluated).parameters
        except Exception:  # noqa: BLE001, S112 - an annotation may be any code
            continue
    return {}


def required(factory: Callable[..., object]) -> list[str]:
    """Return the names of the arguments that *factory* must have."""
    return [
        name
        for name, each in parameters_of(factory).items()
        if each.default is Parameter.empty and each.kind not in _LOOSE
    ]


def _made(target: object, name: str, parameter: Parameter, setting: Setting) -> object:
    texts: list[str] = setting.value  # type: ignore[assignment] # see `values`: of a parameter all texts
    annotation = parameter.annotation
    if _is_any(annotation) and parameter.default is not Parameter.empty and parameter.default is not None:
        annotation = type(parameter.default)
    try:
        return converted(annotation, texts)
    except _NoWayError:
        raise TargetError(
            f"{target}: parameter {name!r} is {_spelt(annotation)}, which cannot be made from text"
        ) from None
    except Exception as error:  # noqa: BLE001 - a type of the user's may raise anything
        detail = f": {error}" if str(error) else ""
        shown = ", ".join(map(repr, texts))
        raise TargetError(
            f"{target}: parameter {name!r} must be {_spelt(annotation)}, not {shown}{detail}"
        ) from None


def _is_any(annotation: object) -> bool:
    # By identity: what an annotation says to a comparison is the user's code.
    return any(annotation is each for each in _ANY)


class _NoWayError(Exception):
    """A type that no text can be made into."""


def converted(annotation: Any, texts: Sequence[str]) -> object:
    """Return *texts* as *annotation* wants them; where it wants one thing, the last.

    Raises:
        ValueError: they are no such thing.

    >>> converted(list[int], ["1,2", "3"]), converted(float | None, ["none"]), converted(Literal[1, "a"], ["1"])
    ([1, 2, 3], None, 1)
    """
    if isinstance(annotation, str):
        annotation = _NAMED.get(annotation, str)
    origin = get_origin(annotation) or annotation
    if origin is Annotated:
        return converted(get_args(annotation)[0], texts)
    if origin in {Union, types.UnionType}:
        return _one_of(get_args(annotation), texts)
    if origin in _LISTS:
        return _listed(annotation, origin, [item for text in texts for item in text.split(",") if item])
    return _single(annotation, texts[-1])


def _single(annotation: Any, text: str) -> object:
    if get_origin(annotation) is Literal:
        return _literal(get_args(annotation), text)
    supertype = getattr(annotation, "__supertype__", None)  # of a NewType
    if supertype is not None:
        return _single(supertype, text)
    made = _MAKERS.get(annotation)
    if made is not None:
        return made(text)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _member(annotation, text)
    if isinstance(annotation, type) and issubclass(annotation, int | float | str | Path):
        return annotation(text)
    raise _NoWayError


def _nothing(text: str) -> None:
    if text.strip().lower() not in _NONE:
        raise ValueError("say none for it")


def _one_of(annotations: Sequence[Any], texts: Sequence[str]) -> object:
    """Return what the first of *annotations* makes of *texts*.

    What has a closed set of values comes first, then None, and text itself last, for it takes everything.
    """
    listed = any((get_origin(each) or each) in _LISTS for each in annotations)
    for annotation in sorted(annotations, key=_width):
        try:
            if annotation is type(None) and listed and len(texts) > 1:
                continue  # an item of the list
            return converted(annotation, texts)
        except Exception:  # noqa: BLE001, S112 - the next one may do
            continue
    raise ValueError


def _width(annotation: Any) -> int:
    """Return how much of all text *annotation* takes, as a place in an order."""
    if get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return 0
    if annotation is type(None):
        return 1
    return 3 if annotation is str else 2


def _listed(annotation: Any, origin: Any, items: Sequence[str]) -> object:
    inner = get_args(annotation)
    if origin is tuple and inner and inner[-1] is not Ellipsis:
        if len(items) != len(inner):
            raise ValueError(f"it holds {len(inner)}, separated by commas")
        return tuple(converted(each, [item]) for each, item in zip(inner, items, strict=True))
    each = inner[0] if inner else str
    return _LISTS[origin](converted(each, [item]) for item in items)


def _literal(options: Sequence[object], text: str) -> object:
    for option in options:
        if str(option) == text:
            return option
    with suppress(ValueError):
        wanted = switch(text)
        for option in options:
            if option is wanted:
                return option
    raise ValueError(f"there are {', '.join(map(repr, options))}")


def _member(annotation: type[Enum], text: str) -> Enum:
    for member in annotation:
        if text in {member.name, str(member.value)}:
            return member
    for member in annotation:
        if text.lower() == member.name.lower():
            return member
    raise ValueError(f"there are {', '.join(member.name for member in annotation)}")


def _spelt(annotation: Any) -> str:
    return (
        annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
    )


_MAKERS: Final[Mapping[Any, Callable[[str], object]]] = {
    **dict.fromkeys(_ANY, str),
    str: str,
    int: int,
    float: float,
    bool: switch,
    type(None): _nothing,
    None: _nothing,
    Path: Path,
    Decimal: Decimal,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}
_LOOSE: Final = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
