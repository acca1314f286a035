"""What a task raised, in a form that travels: the exception if it can be pickled, and its words. Child-safe."""

from __future__ import annotations

from _pickle import dumps, loads

from concurra_core.backends.worker.cargo import PROTOCOL, PackError, pack

_HEAD = "Traceback (most recent call last):"
_GROUP = f"  + Exception Group {_HEAD}\n"  # what precedes the traceback of an exception group

# name of the class, message, traceback text, the pickled exception or None, why it has none, names of its classes
Blame = tuple[str, str, str, bytes | None, str, tuple[str, ...]]


def blame(error: BaseException, frames: int) -> bytes:
    """Return *error* for the way to the run, its traceback without the *frames* outermost frames (our own)."""
    trace = error.__traceback__
    for _ in range(frames):
        if trace is not None:
            trace = trace.tb_next
    pickled, why = None, ""
    try:
        error.__traceback__ = trace
        pickled = _that_comes_back(error)
    except BaseException as broken:  # noqa: BLE001 - the exception's own methods may raise anything
        why = broken.why if isinstance(broken, PackError) else _message(broken) or type(broken).__name__
    lineage = tuple(f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__)
    told: Blame = (type(error).__name__, _message(error), _text(error), pickled, why, lineage)
    return dumps(told, PROTOCOL)


def _that_comes_back(error: BaseException) -> bytes:
    """Return the pickle of *error*, once it has been seen to become an exception of its class again."""
    data, _ = pack(error)
    again = loads(data)
    if type(again).__name__ != type(error).__name__ or _message(again) != _message(error):
        raise PackError("", "it unpickles to something else; let __reduce__ return the arguments of __init__")
    return data


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - an exception's own __str__ may raise anything
        return "(its message cannot be shown)"


def _text(error: BaseException) -> str:
    import traceback

    try:
        text = "".join(traceback.format_exception(error))
    except BaseException as broken:  # noqa: BLE001 - as above
        text = f"{type(error).__qualname__}: (its traceback cannot be shown: {type(broken).__qualname__})\n"
    return (
        text if text.startswith(_HEAD) else f"{_HEAD}\n{text.removeprefix(_GROUP)}"
    )  # as `model.outcome` has it


def unreturnable(value: object, error: PackError) -> bytes:
    """Return the failure of a task that returned *value*, which cannot be pickled."""
    if type(value).__name__ != "coroutine":
        return transfer(
            f"the result{error.where}", "pickled", error, "return plain data, or run the task on a thread"
        )
    value.close()  # type: ignore[attr-defined] # or the interpreter warns of it
    text = "it returned a coroutine, which nobody awaits; add the coroutine function itself (async def)"
    return blame(TypeError(f'{text}, or say on="async"'), 0)


def transfer(what: str, how: str, error: BaseException, way_out: str) -> bytes:
    """Return the failure of a task of which *what* cannot be *how*: "pickled", "unpickled in the worker".

    *way_out*: what the user can do.
    """
    why = error.why if isinstance(error, PackError) else f"{type(error).__name__}: {_message(error)}"
    told: Blame = ("TransferError", f"{what} cannot be {how}: {why}; {way_out}", "", None, "", ())
    return dumps(told, PROTOCOL)
