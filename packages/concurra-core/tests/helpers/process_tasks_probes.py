"""Tasks that can be looked at while they run, and that look around. Importable, so that workers find them by name."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from typing import NoReturn


def count(*args: object, **kwargs: object) -> int:
    return len(args) + len(kwargs)


def square(number: int) -> int:
    return number * number


def say_and_hang(fifo: str) -> None:
    """Start a child in a session of its own, write both pids into *fifo*, and hang."""
    child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    fd = os.open(fifo, os.O_WRONLY)
    os.write(fd, f"{os.getpid()} {child.pid}\n".encode())
    os.close(fd)
    threading.Event().wait()


def held(folder: str) -> str:
    """Write the pid into a pipe of *folder*, and go when the other says so."""
    go = os.open(f"{folder}/go", os.O_RDWR)
    fd = os.open(f"{folder}/pid", os.O_WRONLY)
    os.write(fd, str(os.getpid()).encode())
    os.close(fd)
    os.read(go, 2)
    return "went"


def broken_initializer() -> None:
    raise ConnectionError("no database")


def dying_initializer() -> NoReturn:
    os._exit(7)


def around() -> tuple[str, int, bool, bool, str | None]:
    """Return what a task finds: folder, umask, whether signals and streams are as at first, a variable."""
    import sys

    mask = os.umask(0o022)
    os.umask(mask)
    handlers = signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGTERM)
    return (
        os.getcwd(),  # noqa: PTH109 - as text
        mask,
        handlers == (signal.SIG_DFL, signal.SIG_DFL),
        sys.stdout is sys.__stdout__,
        os.environ.get("CONCURRA_TEST_LEFT"),
    )


def disturb() -> str:
    """Change all that is put back after a task, and a variable, which is not."""
    import io
    import sys

    os.chdir("/")
    os.umask(0o077)
    signal.signal(signal.SIGUSR1, lambda number, frame: None)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdout = io.StringIO()
    os.environ["CONCURRA_TEST_LEFT"] = "here"
    return "disturbed"


def speak(number: int) -> None:
    """Say twenty numbered lines, by print, by the descriptor, and through a child."""
    import sys

    for line in range(20):
        if line % 3 == 0:
            print(f"{number}: line {line}")
        elif line % 3 == 1:
            sys.stdout.write(f"{number}: li")
            sys.stdout.flush()
            os.write(1, f"ne {line}\n".encode())
        else:
            subprocess.run(["echo", f"{number}: line {line}"], check=True)
    print(f"{number}: trouble", file=sys.stderr)


def speak_without_end() -> None:
    os.write(1, b"no end of line")


def speak_much(lines: int) -> None:
    for line in range(lines):
        print(line, "x" * 100)


def speak_and_die() -> None:
    print("last words")
    os.kill(os.getpid(), signal.SIGKILL)


def log(level: int) -> None:
    """Log to "probes.loud" at *level*, with a field of our own and the exception at hand; below it too."""
    import logging

    logger = logging.getLogger("probes.loud")
    logger.log(level - 1, "too low")
    try:
        square("x" * 3)  # type: ignore[arg-type] # as meant
    except TypeError:
        logger.log(
            level, "took %d of %s", 3, "them", exc_info=True, extra={"order": 17, "lock": threading.Lock()}
        )
    logger.log(level, "plain")


def log_dictionaries() -> None:
    import logging

    logging.getLogger("probes.loud").error({"rows": 1})
    logging.getLogger("probes.loud").error({"rows": 1, "lock": threading.Lock()})


def warn() -> None:
    import warnings

    warnings.warn("old", UserWarning, stacklevel=1)
