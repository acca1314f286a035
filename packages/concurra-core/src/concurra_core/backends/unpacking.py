"""From what a worker left of a task to its value or its fault. Nothing a user's object does comes out of here."""

from __future__ import annotations

from concurra_core.backends.worker.blame import Blame
from concurra_core.backends.worker.cargo import unpack
from concurra_core.backends.worker.slate import VALUE
from concurra_core.model.errors import InitializerError, RemoteError, TransferError
from concurra_core.model.outcome import Raised, capture, describe


def result_of(kind: int, data: bytes | bytearray, buffers: list[bytearray]) -> tuple[object, Raised | None]:
    """Return what a task returned, or why it did not, from what a worker put down as a record of *kind*."""
    try:
        value = unpack(data, buffers)
    except BaseException as error:  # noqa: BLE001 - a user's object may raise anything where it is unpickled
        lost = TransferError(
            f"the result cannot be unpickled: {describe(error)}; return plain data, or make it importable here"
        )
        lost.__cause__ = error
        return None, capture(lost, frames=0)
    if kind == VALUE:
        return value, None
    return None, raised(value)  # type: ignore[arg-type] # what `blame` packed


def lost_result() -> Raised:
    """Return the fault of a task whose result was overwritten on its way."""
    words = "the result was lost: something wrote into the pipe of its worker process; leave descriptors alone that the task did not open"
    return capture(TransferError(words), frames=0)


def raised(told: Blame) -> Raised:
    """Return what was raised in a worker, as it was there or, where it does not survive the way, as a `RemoteError`."""
    name, message, trace, pickled, why, lineage = told
    if pickled is None and not why:
        return capture(TransferError(message), frames=0)
    if pickled is not None:
        try:
            error = unpack(pickled, [])
            if isinstance(error, BaseException):
                return Raised(error, trace)
            why = "it unpickles to something else"
        except BaseException as broken:  # noqa: BLE001 - as above
            why = describe(broken)
    stand_in = RemoteError.named(name, message, lineage)
    note = f"({name} itself did not survive pickling: {why})"
    stand_in.add_note(note)
    return Raised(stand_in, f"{trace}{note}\n")


def broken(main: bytes | bytearray) -> InitializerError:
    """Return why a worker could not begin."""
    told: Blame = unpack(main, [])  # type: ignore[assignment] # what `blame` packed
    name, message, trace, _, _, _ = told
    return InitializerError(f"the initializer of the workers failed: {name}: {message}", trace)
