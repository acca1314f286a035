"""Pickling by value, where the other side cannot look a thing up: what cloudpickle does, and more. Child-safe.

* Functions that had their globals in common, such as those of `__main__`, have them in common in a worker too: what
  an initializer sets there, tasks find. A global that a worker has is not set again by functions that come later.
* A class that came to a worker by value goes home as a reference: an instance comes back as one of that very class,
  and nothing of the class is touched.
* cloudpickle costs 20 ms to import, so it is when the first thing goes by value.

What is not importable by the same name on both sides, such as this module in a worker, is referred to by an
expression: a pickle of ours is read by processes of ours alone.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from _pickle import PickleBuffer
    from collections.abc import Callable
    from types import CodeType, FunctionType
    from typing import Any

_HERE = "__import__('sys').modules['_concurra_worker'].value"
_CLASSES = "__import__('cloudpickle.cloudpickle', fromlist=['_']).{}[{!r}]"
_NO_FILE = "<dynamic-code>"
_BY_ID = "_DYNAMIC_CLASS_TRACKER_BY_ID"

# In a worker: the globals of functions that came by value, by the identity that these globals had at home.
_globals: dict[int, dict[str, object]] = {}
_own: set[type] = set()  # classes that were made in this process
_pickler: Any = None


class _There:
    """Pickles as an expression that is evaluated on the other side, to something that is called there."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def __call__(self, function: FunctionType, state: object) -> None:
        """Be a callable, as a pickle's setter of states must be."""
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
        return eval, (f"{_HERE}.shared({self._home}, {plain!r})",)


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

    slots = state[1]
    there = function.__globals__
    slots["__globals__"] = {name: value for name, value in slots["__globals__"].items() if name not in there}
    return _function_setstate(function, state)


def _make_pickler() -> object:
    from types import CodeType, FunctionType

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
            reduced = super().reducer_override(obj)
            if self._outward and isinstance(obj, FunctionType) and isinstance(reduced, tuple):
                return (*reduced[:5], _There(f"{_HERE}.set_state"))
            return reduced

    return ByValue


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
