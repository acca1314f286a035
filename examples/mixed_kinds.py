"""The words of some texts, counted by all five kinds of tasks in one graph, on real files.

    write texts ──▶ serve ──▶ fetch[0], [1] ... ──▶ count[0], [1] ... ──▶ merge ──▶ write counts
     (threads)                   (coroutines)   │      (processes)             (threads)  │
                                                └─▶ close the server                      │
                                                       (thread)                           ▼
       remove the folder ◀──────── summary ◀────────── gzip ◀──────────────────────────── sort
            (thread)               (inline)          (command)                         (command)

The texts are written into a temporary folder, and a small web server on this machine gives them away. Coroutines
fetch them, no more than four at once, each again if its connection fails. Counting is pure Python, so worker
processes do it. The programs ``sort`` and ``gzip`` do what they are best at. The summary is made in the thread that
waits for the run, where a program would show it in its window. Whatever fails, the server is closed and the folder
removed.

Run it with ``python examples/mixed_kinds.py`` or ``concurra-cli run examples/mixed_kinds.py``.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import secrets
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Final

import concurra

TEXTS: Final = 6
WORDS: Final = 20_000  # in each text
VOCABULARY: Final = ("sea", "hill", "town", "wind", "rain", "road", "bridge", "river", "stone", "light")


class Handler(SimpleHTTPRequestHandler):
    """Gives files away, without a word on each."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base's
        """Say nothing."""


# -- the tasks ---------------------------------------------------------------------------------------------


def make_folder(folder: Path) -> Path:
    """Make *folder*, which must not be there yet, and return it."""
    folder.mkdir(parents=True)
    return folder


def write_texts(folder: Path) -> list[str]:
    """Write texts of made-up sentences into *folder*, the same in every run; return their names."""
    names = [f"text-{number}.txt" for number in range(TEXTS)]
    for number, name in enumerate(names):
        chance = random.Random(number)  # noqa: S311 - the same texts every time are what is wanted
        words = chance.choices(VOCABULARY, weights=range(len(VOCABULARY), 0, -1), k=WORDS)
        (folder / name).write_text(" ".join(words), encoding="ascii")
    return names


def serve(folder: Path) -> ThreadingHTTPServer:
    """Start a web server for the files of *folder* on this machine, at a port that is free."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


def places(server: ThreadingHTTPServer, names: Sequence[str]) -> list[tuple[int, str]]:
    """Return for each of *names* the port and the path where *server* has it."""
    return [(server.server_port, f"/{name}") for name in names]


async def fetch(place: tuple[int, str]) -> bytes:
    """Return what the server of this machine has at a port and a path.

    Raises:
        OSError: it cannot be had.
    """
    port, path = place
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode("ascii"))
        answer = await reader.read()
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise OSError(f"{path}: {head[:80]!r}")
    return body


def close(server: ThreadingHTTPServer) -> None:
    """Stop the server."""
    server.shutdown()
    server.server_close()


def count(text: bytes) -> Counter[str]:
    """Count the words of *text*, and the pairs of words that stand side by side."""
    words = text.decode("ascii").split()
    return Counter(words) + Counter(map(" ".join, pairwise(words)))


def merge(counts: list[Counter[str]]) -> Counter[str]:
    """Return the sum of *counts*."""
    return sum(counts, Counter[str]())


def write_counts(total: Counter[str], path: Path) -> int:
    """Write a line for each of *total* to *path*, in no order; return how many there are."""
    path.write_text("".join(f"{number} {words}\n" for words, number in total.items()), encoding="ascii")
    return len(total)


def summary(lines: int, folder: Path) -> str:
    """Return what is most frequent, as the packed file has it."""
    text = gzip.decompress((folder / "sorted.txt.gz").read_bytes()).decode("ascii").splitlines()
    if len(text) != lines:
        raise ValueError(f"{lines} lines were written, and {len(text)} are in the packed file")
    singles = [line for line in text if line.count(" ") == 1]
    pairs = [line for line in text if line.count(" ") > 1]
    return "\n".join([f"{lines} lines", *singles[:3], *pairs[:3]])


def flow(folder: str | None = None) -> concurra.Workflow:
    """Return the workflow.

    Args:
        folder: where it works. It must not be there yet: the run makes it, and removes it at its end. By default a
            new one where temporary files go.
    """
    work = Path(folder or Path(tempfile.gettempdir(), f"mixed-kinds-{secrets.token_hex(8)}"))
    flow = concurra.Workflow(name="mixed kinds")
    made = flow.add(make_folder, work, label="make the folder")
    names = flow.add(write_texts, made, label="write texts")
    server = flow.add(serve, made, label="serve", after=[names])

    texts = flow.map(
        fetch,
        flow.add(places, server, names, label="places"),
        label="fetch",
        limit=4,
        retry=concurra.Retry(3, delay=0.1, factor=2, on=OSError),
        timeout=30,
    )
    closed = flow.add(close, server, label="close the server", after=[texts.outcome()])

    counts = flow.map(count, texts, label="count", on="process")
    total = flow.add(merge, counts, label="merge")
    lines = flow.add(write_counts, total, work / "counts.txt", label="write counts")

    byte_order = {**os.environ, "LC_ALL": "C"}
    sort = ["sort", "-k1,1nr", "-k2", "-o", "sorted.txt", "counts.txt"]
    ordered = flow.command(sort, cwd=work, env=byte_order, label="sort", after=[lines])
    packed = flow.command(["gzip", "-9", "sorted.txt"], cwd=work, label="gzip", after=[ordered])

    told = flow.add(summary, lines, made, label="summary", on="inline", after=[packed])
    over = [told.outcome(), closed.outcome()]
    flow.add(shutil.rmtree, made, label="remove the folder", after=over)
    return flow


if __name__ == "__main__":
    report = flow().run(max_concurrency=8)
    if not report.succeeded:
        sys.exit(str(report))
    print(report["summary"].value)
    kinds = Counter(result.on for result in report.values() if result.on)
    print(", ".join(f"{kind}: {number}" for kind, number in sorted(kinds.items())))
