"""The tasks of a batch as a worker is sent them: in columns, since most tasks differ in little. Child-safe."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Wires: TypeAlias = Sequence[tuple[int, int]]
    Ties: TypeAlias = tuple[Sequence[int], Wires]
    Plain: TypeAlias = tuple[
        list[int],
        list[object],
        dict[int, int],
        dict[int, tuple[bytes, int]],
        dict[int, float],
        dict[int, Ties],
    ]


class Columns:
    """What is known of each task of a batch, by its place there. What most tasks lack lies in dicts.

    Args:
        calls: the numbers of the functions, -1 where the callable travels with the arguments.
        labels: what the tasks are called by.
        attempts: which attempt it is, where it is not the first.
        payloads: the pickles of the arguments, each with the number of buffers that belong to it.
        limits: time limits in seconds.
        ties: the sequence numbers of tasks in the same worker that it waits for, and which of its arguments are
            results of theirs: pairs of a place among the arguments and a sequence number.
    """

    __slots__ = ("attempts", "calls", "labels", "limits", "payloads", "ties")

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.labels: list[object] = []
        self.attempts: dict[int, int] = {}
        self.payloads: dict[int, tuple[bytes, int]] = {}
        self.limits: dict[int, float] = {}
        self.ties: dict[int, Ties] = {}

    def __len__(self) -> int:
        return len(self.calls)

    def plain(self) -> Plain:
        """Return the same in types that any pickle has.

        >>> columns = Columns()
        >>> columns.calls.append(0)
        >>> columns.labels.append("count")
        >>> Columns.of(columns.plain()).labels
        ['count']
        """
        return self.calls, self.labels, self.attempts, self.payloads, self.limits, self.ties

    @classmethod
    def of(cls, plain: Plain) -> Columns:
        """Return what `plain` made plain."""
        columns = cls.__new__(cls)
        columns.calls, columns.labels, columns.attempts, columns.payloads, columns.limits, columns.ties = (
            plain
        )
        return columns
