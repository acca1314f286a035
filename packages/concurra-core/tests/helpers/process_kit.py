"""What tasks of the behavioural suite call in worker processes. Imports nothing heavy: a worker does so within their limits."""

from __future__ import annotations

import os
import threading


def mark(folder: str, label: str) -> None:
    """Leave *label* in the file of marks, in one write."""
    fd = os.open(f"{folder}/marks", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, f"{label}\n".encode())
    os.close(fd)


def process_ok(folder: str, label: str) -> str:
    mark(folder, label)
    return f"value of {label}"


def process_bad(folder: str, label: str) -> None:
    mark(folder, label)
    raise ValueError(f"no {label}")


def process_hang(pipe: str) -> None:
    with open(pipe, "w") as file:  # noqa: PTH123 - opening waits for the reader, as meant
        file.write("on\n")
    threading.Event().wait()
