"""Where a callable runs if nobody says anything."""

from __future__ import annotations

import functools
import inspect
from types import BuiltinFunctionType, FunctionType

from concurra_core.model.options import Lane

_COROUTINE = inspect.CO_COROUTINE  # the mark of `async def`
_GENERATOR = inspect.CO_ASYNC_GENERATOR  # and of one that yields


def lane_of(call: object, otherwise: Lane = Lane.THREAD) -> Lane:
    """Return the event loop for a coroutine function, also one within a partial or a method, *otherwise* for the rest.

    Raises:
        TypeError: *call* is an async generator function.

    >>> async def fetch(): ...
    >>> lane_of(fetch), lane_of(functools.partial(fetch)), lane_of(len)
    (<Lane.ASYNC: 'async'>, <Lane.ASYNC: 'async'>, <Lane.THREAD: 'thread'>)
    """
    if type(call) is FunctionType:
        flags = call.__code__.co_flags
        if flags & _GENERATOR:
            raise _yields(call)
        return Lane.ASYNC if flags & _COROUTINE else otherwise
    if type(call) is BuiltinFunctionType or isinstance(call, type):
        return otherwise
    while isinstance(call, functools.partial):
        call = call.func
    body = call if inspect.isroutine(call) else inspect.getattr_static(type(call), "__call__", None)
    if inspect.isasyncgenfunction(body):
        raise _yields(body)
    return Lane.ASYNC if inspect.iscoroutinefunction(body) else otherwise


def _yields(call: object) -> TypeError:
    name = getattr(call, "__qualname__", None) or repr(call)
    return TypeError(
        f"{name} is an async generator function, whose items nobody would take; "
        "add a coroutine function that returns them, such as a list of them"
    )
