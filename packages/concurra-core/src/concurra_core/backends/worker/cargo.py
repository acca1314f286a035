"""Pickling, both ways: by name where the other side can look a thing up, by value where it cannot. Child-safe."""

from __future__ import annotations

from _pickle import PickleBuffer, dumps, loads

from concurra_core.backends.worker import value as by_value

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROTOCOL = 5
_IN_BAND = 1 << 15  # bytes of a buffer that are cheaper to copy than to send apart
_MAIN = b"__main__"
_DEEP = 4  # levels that are searched for what cannot be pickled
_WIDE = 1000  # parts of one container that are


class PackError(Exception):
    """Something that cannot be pickled: *why*, and *where* in it, as far as that can be told."""

    def __init__(self, where: str, why: str) -> None:
        self.where = where
        self.why = why
        super().__init__(f"{where}: {why}" if where else why)


def pack(value: object, *, outward: bool = False) -> tuple[bytes, list[memoryview]]:
    """Return *value* as a pickle and the large buffers that belong to it; *outward*, on its way to a worker.

    What lives in `__main__`, which workers do not import, goes by value, as do lambdas and closures.

    Raises:
        PackError: it cannot be pickled.
    """
    buffers: list[memoryview] = []
    try:
        data = dumps(value, PROTOCOL, buffer_callback=_collector(buffers))
    except BaseException:  # noqa: BLE001 - whatever a plain pickle cannot do, pickling by value may
        return _by_value(value, outward)
    if _MAIN in data:
        return _by_value(value, outward)
    return data, buffers


def unpack(data: bytes | bytearray | memoryview, buffers: list[bytearray]) -> object:
    """Return what was packed. Raises whatever the unpickling of a user's object raises."""
    return loads(data, buffers=buffers) if buffers else loads(data)


def _by_value(value: object, outward: bool) -> tuple[bytes, list[memoryview]]:
    buffers: list[memoryview] = []
    try:
        return by_value.dumps(value, _collector(buffers), outward=outward), buffers
    except BaseException as error:  # noqa: BLE001 - a user's object may raise anything
        raise PackError(_way_in(value), _told(error)) from None


def _collector(buffers: list[memoryview]) -> Callable[[PickleBuffer], bool]:
    """Return a callback that takes large buffers out of the pickle; true means the buffer stays in."""

    def collect(buffer: PickleBuffer) -> bool:
        try:
            raw = buffer.raw()
        except BufferError:  # not in one piece
            return True
        if raw.nbytes < _IN_BAND:
            return True
        buffers.append(raw)
        return False

    return collect


def _way_in(value: object) -> str:
    try:
        return _place_in(value)
    except BaseException:  # noqa: BLE001 - to be looked at may be what the object minds
        return ""


def _place_in(value: object, depth: int = _DEEP) -> str:
    """Return the way to a part of *value* that cannot be pickled, such as ``[1]['conn']._lock``; "" for all of it."""
    if depth:
        for step, part in _parts(value):
            if not _can(part):
                return step + _place_in(part, depth - 1)
    return f" (a {type(value).__qualname__})"


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, tuple | list):
        yield from ((f"[{place}]", part) for place, part in enumerate(value[:_WIDE]))
    elif isinstance(value, dict):
        yield from ((f"[{key!r}]", part) for key, part in list(value.items())[:_WIDE])
    else:
        try:
            inside = vars(value)
        except TypeError:
            return
        if isinstance(inside, dict):
            yield from ((f".{name}", part) for name, part in list(inside.items())[:_WIDE])


def _can(value: object) -> bool:
    try:
        by_value.dumps(value, lambda buffer: True, outward=False)
    except BaseException:  # noqa: BLE001 - a user's object may raise anything
        return False
    return True


def _told(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001 - its own __str__ may raise anything
        return type(error).__name__
