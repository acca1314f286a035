"""Pickling by value, where the other side cannot look a thing up: what cloudpickle does, and more. Child-safe.

* Functions that had their globals in common, such as those of `__main__`, have them in common in a worker too: what
  an initializer sets there, tasks find. A global that a worker has is not set again by functions that come later.
* The globals of `__main__` are those of the worker's own `__main__`, and a function or class that stands there by its
  name stands there in a worker, as the one object that it is: what a task starts, such as a pool, finds it by name.
* A class that came to a worker by value goes home as a reference: an instance comes back as one of that very class,
  and nothing of the class is touched.
* An open file does not go at all: cloudpickle would send what can be read from it.
* cloudpickle costs 20 ms to import, so it is when the first thing goes by value.

What is not importable by the same name on both sides, such as this module in a worker, is referred to by an
expression: a pickle of ours is read by processes of ours alone.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from _pickle import PickleBuffer
    from collections.abc import Callable
    from types import CodeType, FunctionType
    from typing import Any

_HERE = "__import__('sys').modules['_concurra_worker'].value"
_CLASSES = "__import__('cloudpickle.cloudpickle', fromlist=['_']).{}[{!r}]"
_SETTER = 5  # place of a pickle's setter of states, of six
_NO_FILE = "<dynamic-code>"
_BY_ID = "_DYNAMIC_CLASS_TRACKER_BY_ID"

# In a worker: the globals of functions that came by value, by the identity that these globals had at home.
_globals: dict[int, dict[str, object]] = {}
_named: set[object] = set()  # functions of `__main__` that are whole
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
        main = sys.modules["__main__"]
        if self._home != id(vars(main)):
            return eval, (f"{_HERE}.shared({self._home}, {plain!r})",)
        spec = getattr(getattr(main, "__spec__", None), "name", None)
        return eval, (f"{_HERE}.shared_main({self._home}, {plain!r}, {spec!r})",)


class _GlobalsRef(dict[int, dict[str, object]]):
    """What cloudpickle asks for the globals that a function will have."""

    def setdefault(self, home: int, default: object = None) -> dict[str, object]:
        """Return what stands for the globals with the identity *home*."""
        if home not in self:
            self[home] = _SharedGlobals(home)
        return self[home]


def shared(home: int, names: dict[str, object]) -> dict[str, object]:
    """Return the globals that functions have in common here, with *names* in them."""
    found = _globals.setdefault(home, {})
    found.update(names)
    return found


def shared_main(home: int, names: dict[str, object], spec: str | None) -> dict[str, object]:
    """Return the globals of `__main__`, as `shared` does; *spec*: the name of the module that runs as the program."""
    main = sys.modules["__main__"]
    if spec is not None:
        from importlib.machinery import ModuleSpec

        main.__spec__ = ModuleSpec(spec, None)
    _globals.setdefault(home, vars(main))
    return shared(home, names)


def named(name: str, code: CodeType, there: dict[str, object], *rest: Any) -> object:
    """Return the function of `__main__` called *name*: the one that stands there, else one that is made of the rest."""
    from types import FunctionType

    from cloudpickle.cloudpickle import _make_function

    known = there.get(name)
    if isinstance(known, FunctionType) and known.__code__ == code:
        return known
    made = _make_function(code, there, *rest)
    there.setdefault(name, made)
    return made


def set_class(cls: type, state: object) -> object:
    """Give *cls*, just unpickled, its state, and its place in `__main__`."""
    from cloudpickle.cloudpickle import _class_setstate

    vars(sys.modules["__main__"]).setdefault(cls.__name__, cls)
    return _class_setstate(cls, state)


def dumps(value: object, collect: Callable[[PickleBuffer], bool], *, outward: bool) -> bytes:
    """Return *value* as a pickle; *outward*: on its way to a worker, whose functions are to share globals."""
    import io

    global _pickler  # noqa: PLW0603 - made once, when it is needed
    if _pickler is None:
        _pickler = _make_pickler()
    file = io.BytesIO()
    _pickler(file, collect, outward).dump(value)
    return file.getvalue()


def set_state(function: FunctionType, state: tuple[dict[str, object], dict[str, Any]]) -> object:
    """Give *function*, just unpickled, its state; globals that are there already stay as they are."""
    from cloudpickle.cloudpickle import _function_setstate

    if function in _named:
        return function
    slots = state[1]
    there = function.__globals__
    slots["__globals__"] = {name: value for name, value in slots["__globals__"].items() if name not in there}
    _function_setstate(function, state)
    if there.get(function.__name__) is function:
        _named.add(function)
    return function


def _make_pickler() -> object:
    from io import TextIOWrapper
    from types import CodeType

    from cloudpickle import cloudpickle as cloud

    class ByValue(cloud.Pickler):  # type: ignore[misc] # cloudpickle has no types
        def __init__(self, file: object, collect: Callable[[PickleBuffer], bool], outward: bool) -> None:
            super().__init__(file, 5, collect)
            self._outward = outward
            if outward:
                self.globals_ref = _GlobalsRef()

        def reducer_override(self, obj: object) -> object:
            if not self._outward and isinstance(obj, type):
                known = _known(cloud, obj)
                if known is not None:
                    return known
            if isinstance(obj, CodeType):
                return _with_its_file(cloud._code_reduce(obj), obj)
            if isinstance(obj, TextIOWrapper) and obj not in (sys.stdout, sys.stderr):
                raise TypeError(
                    f"an open file ({obj.name!r}) stays in its process: pass its path, or what it says"
                )
            reduced = super().reducer_override(obj)
            return _for_there(obj, reduced) if self._outward and isinstance(reduced, tuple) else reduced

    return ByValue


def _for_there(obj: object, reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return *reduced*, a pickle of *obj*, for a worker, where functions share globals and what has a name keeps it."""
    from types import FunctionType

    if isinstance(obj, FunctionType):
        make, given = reduced[0], reduced[1]
        if _stands_in_main(obj, obj.__globals__):
            make, given = _There(f"{_HERE}.named"), (obj.__name__, *given)
        return make, given, *reduced[2:_SETTER], _There(f"{_HERE}.set_state")
    if isinstance(obj, type) and _stands_in_main(obj) and len(reduced) > _SETTER:
        return *reduced[:_SETTER], _There(f"{_HERE}.set_class")
    return reduced


def _stands_in_main(obj: FunctionType | type, home: dict[str, object] | None = None) -> bool:
    """Return whether `__main__` has *obj* by its name; *home*: the globals that these have to be."""
    main = vars(sys.modules["__main__"])
    return obj.__module__ == "__main__" and main.get(obj.__name__) is obj and (home is None or home is main)


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
