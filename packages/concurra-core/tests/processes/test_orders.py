"""Orders to the template: none is lost, however many are on their way."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from selectors import DefaultSelector

import pytest
from concurra import WorkerOptions
from concurra_core.backends.nursery import Nursery
from concurra_core.backends.worker.orders import ANSWER, BURIED, BURY, HIRE, HIRED, ORDER
from platforms import needs_processes

pytestmark = needs_processes

MANY = 500


class Template:
    """The other end: it takes what has come, and answers."""

    def __init__(self) -> None:
        ours, self.end = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        self.end.setblocking(False)
        self.control = ours.detach()
        self.pid = os.posix_spawnp("sleep", ["sleep", "1000"], {**os.environ})
        self.read = b""
        self.fds: list[int] = []

    def take(self) -> None:
        """Read what is there."""
        try:
            while True:
                data, fds, _, _ = socket.recv_fds(self.end, 1 << 16, 100)
                self.fds += fds
                self.read += data
                if not data:
                    return
        except BlockingIOError:
            return

    @property
    def orders(self) -> list[tuple[int, int]]:
        start = 8 + int.from_bytes(self.read[:8], "little")
        whole = (len(self.read) - start) // ORDER.size * ORDER.size
        return [(kind, pid) for kind, pid in ORDER.iter_unpack(self.read[start : start + max(0, whole)])]


@pytest.fixture
def template() -> Iterator[Template]:
    made = Template()
    yield made
    made.end.close()
    for number in made.fds:
        os.close(number)


def test_orders_that_the_socket_has_no_room_for_go_later_and_in_order(template: Template) -> None:
    told: list[int | None] = []
    with DefaultSelector() as selector:
        nursery = Nursery(
            WorkerOptions(), "run", {}, selector, lambda: None, (template.pid, template.control)
        )
        hired: list[int] = []
        read, write = os.pipe()
        nursery.hire([read, write], hired.append)
        for pid in range(MANY):
            nursery.bury(1000 + pid, told.append)
        os.close(read)  # ours are closed at once: what waits has its own
        os.close(write)
        while nursery._outgoing:
            template.take()  # now there is room
            for key, _ in selector.select():
                key.data()
        template.take()
        assert template.orders == [(HIRE, 0), *((BURY, 1000 + pid) for pid in range(MANY))]
        assert len(template.fds) == 2
        template.end.send(ANSWER.pack(HIRED, 77, 0))
        for pid in range(MANY):
            template.end.setblocking(True)
            template.end.send(ANSWER.pack(BURIED, 1000 + pid, 3))
            for key, _ in selector.select(0):
                key.data()
        while nursery.owes and (ready := selector.select(10)):
            for key, _ in ready:
                key.data()
        assert (hired, told) == ([77], [3] * MANY)
        nursery.kill()
        nursery.discard()


def test_a_hire_that_cannot_be_sent_shifts_no_answer(template: Template) -> None:
    with DefaultSelector() as selector:
        nursery = Nursery(
            WorkerOptions(), "run", {}, selector, lambda: None, (template.pid, template.control)
        )
        while nursery._outgoing:
            template.take()
            for key, _ in selector.select():
                key.data()
        hired: list[str] = []
        with pytest.raises(OSError, match="Bad file descriptor"):
            nursery.hire([1 << 20], lambda pid: hired.append(f"wrong {pid}"))
        nursery.hire([], lambda pid: hired.append(f"right {pid}"))
        template.end.send(ANSWER.pack(HIRED, 77, 0))
        for key, _ in selector.select(10):
            key.data()
        assert hired == ["right 77"]
        nursery.kill()
        nursery.discard()
