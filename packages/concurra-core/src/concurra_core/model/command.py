"""An external command, as a user described it: frozen and checked at the door."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from typing import TypeAlias, TypedDict

import attrs

from concurra_core.model.checks import items_in, unsuited, variables
from concurra_core.model.quoting import quoted

# Where the command with a label writes: a descriptor, which whoever starts the command closes.
Output: TypeAlias = Callable[[Hashable], int]

_NAME_LENGTH = 60


class CommandResult(TypedDict):
    """What came of a command.

    Args:
        command: its line, as it was given.
        shell: whether a shell read it.
        returncode: its status; the number of the signal that ended it, below zero.
        stdout: what it wrote; None if that was not captured, bytes if it was not decoded.
        stderr: likewise.
        cwd: the directory it ran in, None for the caller's.
    """

    command: list[str] | str
    shell: bool
    returncode: int
    stdout: str | bytes | None
    stderr: str | bytes | None
    cwd: str | None


@attrs.frozen(kw_only=True)
class Command:
    """A program to run, in exec form (a list of words) or shell form (one string for ``/bin/sh``).

    Args:
        line: the words, or the string for the shell.
        cwd: the directory to run in, None for the caller's.
        env: the whole environment of the command, None for the caller's.
        check: a status other than zero is a failure.
        capture_output: keep what it writes; otherwise it writes where the caller does.
        text: decode what it writes; undecodable bytes become replacement characters.
    """

    line: tuple[str, ...] | str
    cwd: str | None = None
    env: Mapping[str, str] | None = None
    check: bool = True
    capture_output: bool = True
    text: bool = True

    @property
    def shell(self) -> bool:
        """Whether a shell reads the line."""
        return isinstance(self.line, str)

    @property
    def __name__(self) -> str:
        import shlex

        text = self.line if isinstance(self.line, str) else shlex.join(self.line)
        flat = " ".join(text.split())
        return flat if len(flat) <= _NAME_LENGTH else f"{flat[: _NAME_LENGTH - 3]}..."

    def __call__(self) -> object:
        """Refuse: a command is run by its backend."""
        raise TypeError(f"command {self.__name__!r} cannot be called; a runner runs it")

    def result(self, returncode: int, stdout: bytes | None, stderr: bytes | None) -> CommandResult:
        """Return the result of the command as users see it."""
        return {
            "command": self.line if isinstance(self.line, str) else list(self.line),
            "shell": self.shell,
            "returncode": returncode,
            "stdout": self._shown(stdout),
            "stderr": self._shown(stderr),
            "cwd": self.cwd,
        }

    def _shown(self, data: bytes | None) -> str | bytes | None:
        if data is None or not self.text:
            return data
        text = data.decode(errors="replace")
        return text.replace("\r\n", "\n").replace("\r", "\n")


def exec_line(command: object) -> tuple[str, ...]:
    """Return the words of a command in exec form.

    Raises:
        TypeError: *command* is not a list or tuple of str.
        ValueError: it is empty, or no program can be handed it.
    """
    if not isinstance(command, list | tuple):
        raise TypeError(
            f"command must be a list or tuple of str, not {quoted(command)}; "
            "for a shell line use add_shell_command or Workflow.shell"
        )
    words = items_in("command", command)
    for place, word in enumerate(words):
        if not isinstance(word, str):
            raise TypeError(f"command[{place}] must be a str, not {quoted(word)}")
        _suited(f"command[{place}]", word)
    if not words or not words[0]:
        raise ValueError(f"command names no program: {quoted(command)}")
    return words


def shell_line(command: object) -> str:
    """Return the line of a command in shell form.

    Raises:
        TypeError: *command* is not a str.
        ValueError: it is blank, or no program can be handed it.
    """
    if not isinstance(command, str):
        raise TypeError(
            f"shell command must be a str, not {quoted(command)}; "
            "for a list of words use add_command or Workflow.command"
        )
    if not command.strip():
        raise ValueError(f"shell command is empty: {quoted(command)}")
    return _suited("shell command", command)


def directory(cwd: object) -> str | None:
    """Return *cwd* as text, None for the caller's.

    Raises:
        TypeError: it is neither a str nor a path.
        ValueError: it is empty, or no name of a directory.
    """
    if cwd is None:
        return None
    if not isinstance(cwd, str | os.PathLike):
        raise TypeError(f"cwd must be a path or None, not {quoted(cwd)}")
    path = os.fspath(cwd)
    text = path if isinstance(path, str) else os.fsdecode(path)
    if not text:
        raise ValueError("cwd names no directory: ''; leave it out for the caller's")
    return _suited("cwd", text)


def environment(env: object) -> Mapping[str, str] | None:
    """Return a copy of *env*, None for the caller's environment.

    Raises:
        TypeError: it is not a mapping of str to str.
        ValueError: it holds what no environment can.
    """
    return None if env is None else variables("env", env)


def _suited(name: str, text: str) -> str:
    why = unsuited(text)
    if why is not None:
        raise ValueError(f"{name} {why}: {quoted(text)}")
    return text
