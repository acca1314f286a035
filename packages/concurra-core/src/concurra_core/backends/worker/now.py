"""What a worker is doing now. Child-safe."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    import threading

    from concurra_core.backends.worker.columns import Columns


class Current:
    """The task a worker is in, if it has *columns*: what `current_task()` asks for, and what its log records carry."""

    __slots__ = ("began", "cancelled", "columns", "loading", "place", "run_id")

    def __init__(self) -> None:
        self.run_id = ""
        self.loading = False  # what is called, or with what: that may import modules
        self.columns: Columns | None = None
        self.place = 0
        self.began = 0.0
        # Made when the task at that place asks for it.
        self.cancelled: tuple[int, threading.Event] | None = None

    def marks(self) -> dict[str, object]:
        """Return what tells whose a log record is."""
        columns, place = self.columns, self.place
        if columns is None:
            return {"run_id": self.run_id}
        attempt = columns.attempts.get(place, 1)
        return {"run_id": self.run_id, "label": columns.labels[place], "attempt": attempt}


current = Current()
