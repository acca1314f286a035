"""What comes to a worker by value, and its place there. Child-safe.

Functions that had their globals in common at home have them in common here too. Those of `__main__` have the globals
of the worker's own `__main__`, where functions and classes stand by their names as they do at home: what a task
starts, such as a pool, finds them by name.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from types import CodeType, FunctionType
    from typing import Any

# The globals of functions that came by value, by the identity that these globals had at home.
_globals: dict[int, dict[str, object]] = {}
_named: dict[int, Any] = {}  # functions of `__main__`, and those that keep results, by their serial numbers
_whole: set[FunctionType] = set()  # of these, the ones that have had their state


class Program(type(sys)):  # type: ignore[misc] # the class of modules, without an import
    """A worker's `__main__`. What it has not, *before* may have: the `__main__` that a forked worker inherited.

    It does not tell the program's file. Of a module that does, multiprocessing would have every process that it spawns
    run that file anew; but the program may have no guard, for it needs none here.
    """

    def __init__(self, before: object = None) -> None:
        super().__init__("__main__")
        self.__dict__["_before"] = before

    def _untold(self) -> str:
        raise AttributeError("a worker does not run the program's file")

    __file__ = property(_untold)

    def __getattr__(self, name: str) -> object:
        if name == "__file__" or self.__dict__["_before"] is None:
            raise AttributeError(f"module '__main__' has no attribute {name!r} here")
        return getattr(self.__dict__["_before"], name)


def globals_of_main() -> dict[str, object]:
    """Return the globals of `__main__`; anything can be put there, or nothing."""
    found: dict[str, object] = getattr(sys.modules.get("__main__"), "__dict__", {})
    return found


def shared(home: int, names: dict[str, object]) -> dict[str, object]:
    """Return the globals that functions have in common here, with *names* in them."""
    found = _globals.setdefault(home, {})
    found.update(names)
    return found


def shared_main(home: int, names: dict[str, object]) -> dict[str, object]:
    """Return the globals of `__main__`, as `shared` does."""
    _globals.setdefault(home, globals_of_main())
    return shared(home, names)


def named(serial: int, name: str, code: CodeType, there: dict[str, object], *rest: Any) -> object:
    """Return the function of `__main__` with that number; the first time it is made of the rest, and called *name*.

    The name may come to mean another function meanwhile, the number does not.
    """
    from cloudpickle.cloudpickle import _make_function

    if serial not in _named:
        _named[serial] = made = _make_function(code, there, *rest)
        there.setdefault(name, made)
    return _named[serial]


def cached(serial: int, name: str, function: FunctionType, parameters: dict[str, Any]) -> object:
    """Return the function with that number that keeps the results of *function*, as `functools.lru_cache` has it."""
    from functools import lru_cache

    if serial not in _named:
        _named[serial] = made = lru_cache(**parameters)(function)
        if name:
            globals_of_main().setdefault(name, made)
    return _named[serial]


def set_named(function: FunctionType, state: tuple[dict[str, object], dict[str, Any]]) -> object:
    """Give *function*, which `named` has returned, its state; if it has one, the globals that it uses by now."""
    if function in _whole:
        for name, value in state[1]["__globals__"].items():
            function.__globals__.setdefault(name, value)
        return function
    _whole.add(function)
    return set_state(function, state)


def set_state(function: FunctionType, state: tuple[dict[str, object], dict[str, Any]]) -> object:
    """Give *function*, just unpickled, its state; globals that are there already stay as they are."""
    from cloudpickle.cloudpickle import _function_setstate

    slots = state[1]
    there = function.__globals__
    slots["__globals__"] = {name: value for name, value in slots["__globals__"].items() if name not in there}
    return _function_setstate(function, state)


def set_class(cls: type, state: object) -> object:
    """Give *cls*, a class of `__main__` that was just unpickled, its state and its place."""
    from cloudpickle.cloudpickle import _class_setstate

    globals_of_main().setdefault(cls.__name__, cls)
    return _class_setstate(cls, state)
