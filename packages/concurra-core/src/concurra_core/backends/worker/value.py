"""Pickling by value, where the other side cannot look a thing up: what cloudpickle does, and more. Child-safe.

* Functions that had their globals in common, such as those of `__main__`, have them in common in a worker too: what
  an initializer sets there, tasks find. A global that a worker has is not set again by functions that come later.
* A function or class that stands in `__main__` by its name stands in that of a worker, as the one object that it is.
* A class that came to a worker by value goes home as a reference: an instance comes back as one of that very class,
  and nothing of the class is touched.
* A text file does not go at all: cloudpickle would send what can be read from it.
* cloudpickle costs 20 ms to import, so it is when the first thing goes by value.

What is not importable by the same name on both sides, such as this module in a worker, is referred to by an
expression: a pickle of ours is read by processes of ours alone.
"""

from __future__ import annotations

import sys
from _weakref import ref

from concurra_core.backends.worker.arrivals import globals_of_main

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from _pickle import PickleBuffer
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

_THERE = "__import__('sys').modules['_concurra_worker'].arrivals"
_CLASSES = "__import__('cloudpickle.cloudpickle', fromlist=['_']).{}[{!r}]"
_SETTER = 5  # place of a pickle's setter of states, of six
_NO_FILE = "<dynamic-code>"
_BY_ID = "_DYNAMIC_CLASS_TRACKER_BY_ID"

# The numbers of functions of `__main__`, by identity, as long as they are there.
_serials: dict[int, tuple[ref[Any], int]] = {}
_last_serial = 0
_own: set[type] = set()  # classes that were made in this process
_pickler: Any = None


class _There:
    """Pickles as an expression that is evaluated on the other side, to something that is called there."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def __call__(self, *given: object) -> None:
        """Be a callable, as a pickle's makers and setters of states must be."""
        raise TypeError(f"{self._expression} is called on the other side only")

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return eval, (self._expression,)


class _SharedGlobals(dict[str, object]):
    """Stands for the globals with the identity *home*, of which it holds what relative imports need."""

    def __init__(self, home: int) -> None:
        super().__init__()
        self._home = home

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        plain = {name: value for name, value in self.items() if isinstance(value, str | list | type(None))}
        share = "shared_main" if self._home == id(globals_of_main()) else "shared"
        return eval, (f"{_THERE}.{share}({self._home}, {plain!r})",)


class _GlobalsRef(dict[int, dict[str, object]]):
    """What cloudpickle asks for the globals that a function will have."""

    def setdefault(self, home: int, default: object = None) -> dict[str, object]:
        """Return what stands for the globals with the identity *home*."""
        if home not in self:
            self[home] = _SharedGlobals(home)
        return self[home]


def dumps(value: object, collect: Callable[[PickleBuffer], bool], *, outward: bool) -> bytes:
    """Return *value* as a pickle; *outward*: on its way to a worker, whose functions are to share globals."""
    import io

    global _pickler  # noqa: PLW0603 - made once, when it is needed
    if _pickler is None:
        _pickler = _make_pickler()
    file = io.BytesIO()
    _pickler(file, collect, outward).dump(value)
    return file.getvalue()


def _make_pickler() -> object:
    from functools import _lru_cache_wrapper, cached_property
    from io import TextIOWrapper
    from types import CodeType

    from cloudpickle import cloudpickle as cloud

    specials: dict[type, Callable[[Any, bool], object]] = {
        TextIOWrapper: _not_unless_standard,
        cached_property: _without_its_lock,
        _lru_cache_wrapper: _with_its_memory,
    }

    class ByValue(cloud.Pickler):  # type: ignore[misc] # cloudpickle has no types
        def __init__(self, file: object, collect: Callable[[PickleBuffer], bool], outward: bool) -> None:
            super().__init__(file, 5, collect)
            self._outward = outward
            if outward:
                self.globals_ref = _GlobalsRef()

        def reducer_override(self, obj: object) -> object:
            if not self._outward and isinstance(obj, type) and (known := _known(cloud, obj)):
                return known
            if isinstance(obj, CodeType):
                return _with_its_file(cloud._code_reduce(obj), obj)
            special = specials.get(type(obj))
            if special is not None:
                return special(obj, self._outward)
            reduced = super().reducer_override(obj)
            return _for_there(obj, reduced) if self._outward and isinstance(reduced, tuple) else reduced

    return ByValue


def _not_unless_standard(file: Any, outward: bool) -> object:
    if file in (sys.stdout, sys.stderr):
        return NotImplemented
    name = getattr(file, "name", None)
    raise TypeError(f"a file ({name!r}) stays in its process: pass its path, or what it says")


def _without_its_lock(attribute: Any, outward: bool) -> object:
    """Return a pickle of a `functools.cached_property`, which in Python 3.11 has a lock."""
    return type(attribute), (attribute.func,), {"attrname": attribute.attrname, "__doc__": attribute.__doc__}


def _with_its_memory(function: Any, outward: bool) -> object:
    """Return a pickle of *function*, which keeps its results, as `functools.lru_cache` has it."""
    if not outward or (function.__module__ != "__main__" and "<" not in function.__qualname__):
        return NotImplemented
    name = function.__name__ if _stands_in_main(function) else ""
    given = (_serial(function), name, function.__wrapped__, function.cache_parameters())
    return _There(f"{_THERE}.cached"), given


def _for_there(obj: object, reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return *reduced*, a pickle of *obj*, for a worker, where functions share globals and what has a name keeps it."""
    from types import FunctionType

    make, given = reduced[:2]
    between = reduced[2:_SETTER]
    if isinstance(obj, FunctionType):
        _make_fresh(reduced[2][1]["__globals__"])
        if not _stands_in_main(obj, obj.__globals__):
            return make, given, *between, _There(f"{_THERE}.set_state")
        given = (_serial(obj), obj.__name__, *given)
        return _There(f"{_THERE}.named"), given, *between, _There(f"{_THERE}.set_named")
    if isinstance(obj, type) and _stands_in_main(obj) and len(reduced) > _SETTER:
        return make, given, *between, _There(f"{_THERE}.set_class")
    return reduced


def _make_fresh(names: dict[str, object]) -> None:
    """Have a worker make anew what is of no use outside of its process: locks among the globals of a function."""
    threading = sys.modules.get("threading")
    for name, value in names.items() if threading else ():
        for kind in ("Lock", "RLock", "local"):
            made = getattr(threading, kind)
            if type(value) is (made if isinstance(made, type) else type(made())):
                names[name] = _There(f"__import__('threading').{kind}()")


def _stands_in_main(obj: Any, home: dict[str, object] | None = None) -> bool:
    """Return whether `__main__` has *obj* by its name; *home*: the globals that these have to be."""
    main = globals_of_main()
    return obj.__module__ == "__main__" and main.get(obj.__name__) is obj and (home is None or home is main)


def _serial(function: Any) -> int:
    """Return a number that no other function has, or will have."""
    global _last_serial  # noqa: PLW0603 - a counter
    key = id(function)
    known = _serials.get(key)
    if known is None or known[0]() is not function:
        _last_serial += 1
        known = _serials[key] = ref(function, lambda _: _serials.pop(key, None)), _last_serial
    return known[1]


def _with_its_file(reduced: tuple[object, tuple[object, ...]], code: CodeType) -> object:
    """Return *reduced*, a pickle of *code*, with the file that it came from: tracebacks show its lines.

    cloudpickle leaves the file out from 3.1.3 on, so that equal functions have equal pickles.
    """
    make, parts = reduced
    return make, tuple(code.co_filename if part == _NO_FILE else part for part in parts)


def _known(cloud: Any, cls: type) -> object:
    """Return a reference to *cls* if it came from the run by value, None if it did not."""
    tracked = cloud._DYNAMIC_CLASS_TRACKER_BY_CLASS.get(cls)
    if tracked is None or cls in _own:
        _own.add(cls)
        return None
    return eval, (_CLASSES.format(_BY_ID, tracked),)
