"""Starting the template process: first thing of a run, since it takes longest, and with as few imports as it takes."""

from __future__ import annotations

import os
import sys
from _socket import AF_UNIX, SOCK_STREAM, socketpair
from collections.abc import Mapping
from typing import Final

from concurra_core.backends.advice import advised
from concurra_core.backends.aside import out_of_the_way

# Run by `python -c` with the control socket as descriptor 3. A session of its own comes first: Ctrl-C goes to the
# group of the terminal. All else is sent as code, see `worker.boot`: the less there is to compile, the sooner it runs,
# and the `compile` of Python makes a class for each kind of syntax first, which takes 1.5 ms.
BOOT: Final = """\
import marshal, posix
posix.setsid()
posix.closerange(4, 65536)
def read(size):
    data = b''
    while len(data) < size:
        more = posix.read(3, size - len(data))
        if not more:
            posix._exit(1)
        data += more
    return data
code, modules, setup = marshal.loads(read(int.from_bytes(read(8), 'little')))
exec(code)
boot(modules, setup)
"""


def command_line() -> list[str]:
    """Return what starts the template: this interpreter, with the flags that change what code means.

    Raises:
        RuntimeError: the program does not know its interpreter.
    """
    if not sys.executable:
        raise RuntimeError(
            "sys.executable is not set, so no worker process can be started; run tasks on threads"
        )
    flags = sys.flags
    words = [sys.executable, "-S", "-s", "-P"]
    words += ["-E"] if flags.ignore_environment else []
    words += ["-O"] * flags.optimize
    words += ["-B"] if flags.dont_write_bytecode else []
    words += ["-b"] * flags.bytes_warning
    words += ["-X", "utf8=1"] if flags.utf8_mode else []
    words += ["-X", "dev"] if flags.dev_mode else []
    for option in sys.warnoptions:
        words += ["-W", option]
    return [*words, "-c", BOOT]


def spawn_template(environ: Mapping[str, str]) -> tuple[int, int]:
    """Start the template with the environment *environ*; return its pid and our end of its control socket.

    It waits for its first message, which can be put together meanwhile.

    Raises:
        RuntimeError: no process can be started.
    """
    try:
        ours, theirs = socketpair(AF_UNIX, SOCK_STREAM)
    except OSError as error:
        raise RuntimeError(f"no worker process can be started: {advised(error)}") from error
    try:
        control = out_of_the_way(ours.detach())
        try:
            return _spawn(theirs.fileno(), environ), control
        except BaseException:
            os.close(control)
            raise
    except OSError as error:
        raise RuntimeError(f"no worker process can be started: {advised(error)}") from error
    finally:
        theirs.close()


def _spawn(control: int, environ: Mapping[str, str]) -> int:
    """Start the template with the descriptor *control* as its 3; return its pid."""
    words = command_line()
    null = os.devnull
    actions = [
        (os.POSIX_SPAWN_DUP2, control, 3),
        (os.POSIX_SPAWN_OPEN, 0, null, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, null, os.O_WRONLY, 0),
    ]
    if not _is_inherited(
        2
    ):  # closed, or the number has become another's: nothing else is to get it over there
        actions.append((os.POSIX_SPAWN_OPEN, 2, null, os.O_WRONLY, 0))
    if control == 3:  # noqa: PLR2004 - its place already; it only has to stay open
        os.set_inheritable(control, True)
        del actions[0]
    return os.posix_spawn(words[0], words, environ, file_actions=actions)


def _is_inherited(number: int) -> bool:
    try:
        return os.get_inheritable(number)
    except OSError:
        return False
