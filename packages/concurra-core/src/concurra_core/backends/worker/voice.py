"""What a task says: its output goes into pipes that the run reads, its log records travel as messages. Child-safe."""

from __future__ import annotations

import posix
import sys
from _io import BufferedWriter, FileIO, TextIOWrapper
from _pickle import dumps

from concurra_core.backends.worker.cargo import PROTOCOL

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping
    from types import ModuleType

# The name of the handler by which the root logger of a worker process sends records to the run.
HANDLER = "concurra.worker"


def open_streams(encodings: tuple[tuple[str, str], tuple[str, str]]) -> None:
    """Make the standard streams of a worker: nothing to read, and what is written goes out a line at a time.

    Streams that a task closed are made anew too.
    """
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc] # noqa: SIM115 - a descriptor
    (encoding, errors), (other, other_errors) = encodings
    sys.stdout = sys.__stdout__ = _stream(1, encoding, errors)  # type: ignore[misc] # as above
    sys.stderr = sys.__stderr__ = _stream(2, other, other_errors)  # type: ignore[misc] # as above


def _stream(descriptor: int, encoding: str, errors: str) -> TextIOWrapper:
    """Return a text stream that writes each line at once, and so do its bytes: an unfinished line waits."""
    through = BufferedWriter(FileIO(descriptor, "w", closefd=False), 1)
    return TextIOWrapper(through, encoding, errors, line_buffering=True)


class LogSetup:
    """Have records of `logging` sent to the run, once that is imported.

    Importing it costs a worker 8 ms, so it is left to the tasks.

    Args:
        levels: the levels of the run's loggers by name, "" for the root's.
        disabled: what `logging.disable` was told.
        marks: returns what every record carries beside its own fields: whose it is.
        send: takes a pickled record.
    """

    def __init__(
        self,
        levels: Mapping[str, int],
        disabled: int,
        marks: Callable[[], dict[str, object]],
        send: Callable[[bytes], None],
    ) -> None:
        self._levels = levels
        self._disabled = disabled
        self._marks = marks
        self._send = send

    def __call__(self, module: ModuleType) -> None:
        """Set up `logging`, which is *module*."""
        logs: type[logging.Handler] = module.Handler
        marks, send, process = self._marks, self._send, posix.getpid()

        class Sender(logs):  # type: ignore[misc, valid-type] # the class is known when logging is there
            """Send each record to the run; in a process that a task forked, write it as logging's last resort does."""

            def emit(self, record: logging.LogRecord) -> None:
                if posix.getpid() != process:
                    module.lastResort.handle(record)
                    return
                try:
                    send(packed(record, marks()))
                except Exception:  # noqa: BLE001 - logging's own rule: a handler's trouble is not the task's
                    self.handleError(record)

        for name, level in self._levels.items():
            module.getLogger(name or None).setLevel(level)
        module.disable(self._disabled)
        sender = Sender()
        sender.set_name(HANDLER)
        module.getLogger().addHandler(sender)


def packed(record: logging.LogRecord, marks: dict[str, object]) -> bytes:
    """Return *record* as a pickle: its message made, its exception as text, what cannot be pickled as its repr.

    It carries *marks* too, where it has nothing of the same name itself. A message that is a dictionary, as of
    structlog, stays one: a formatter of the program makes a text of it.
    """
    message = record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage()
    fields = {**marks, **record.__dict__, "msg": message, "args": None}
    if record.exc_info and not record.exc_text:
        import logging

        fields["exc_text"] = logging.Formatter().formatException(record.exc_info)
    fields["exc_info"] = None
    try:
        return dumps(fields, PROTOCOL)
    except Exception:  # noqa: BLE001 - whatever a user put into `extra`
        return dumps({name: _plain(value) for name, value in fields.items()}, PROTOCOL)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    return value if value is None or isinstance(value, str | int | float | bool) else repr(value)
