"""How external commands come into a `Workflow`."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Unpack

from concurra_core.model.command import CommandResult, exec_line, shell_line
from concurra_core.model.ref import Ref
from concurra_core.model.settings import AddOptions


class External(ABC):
    """The doors for programs and lines of a shell. What adding means is `Workflow`'s business."""

    def command(
        self,
        line: list[str] | tuple[str, ...],
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        capture_output: bool = True,
        text: bool = True,
        **options: Unpack[AddOptions],
    ) -> Ref[CommandResult]:
        """Add an external program in exec form; return the ref that stands for what came of it.

        Args:
            line: the program and its arguments, a word each. No shell reads them.
            cwd: the directory to run in, None for this program's.
            env: the whole environment of the command, None for this program's.
            check: a status other than zero is a failure.
            capture_output: keep what it writes; otherwise it writes where this program does.
            text: decode what it writes.
            options: see `AddOptions`.

        Raises:
            TypeError: *line* is not a list or tuple of str, or anything else of the wrong type.
            ValueError: *line* is empty, or the value of an option out of its range.
            DefinitionError: the label is taken, or the task would wait for itself.

        >>> import concurra
        >>> flow = concurra.Workflow()
        >>> greeting = flow.command(["echo", "hello"])
        >>> flow.run()[greeting].value["stdout"].split()
        ['hello']
        """
        return self._command(
            exec_line(line),
            cwd=cwd,
            env=env,
            check=check,
            capture_output=capture_output,
            text=text,
            options=options,
        )

    def shell(
        self,
        line: str,
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        capture_output: bool = True,
        text: bool = True,
        **options: Unpack[AddOptions],
    ) -> Ref[CommandResult]:
        """Add a line for ``/bin/sh``, never of words you do not trust; otherwise as `command`.

        Raises:
            TypeError: *line* is not a str, or anything else of the wrong type.
            ValueError: *line* is blank, and all that `command` raises.

        >>> import concurra
        >>> flow = concurra.Workflow()
        >>> lines = flow.shell("echo one; echo two")
        >>> flow.run()[lines].value["stdout"].split()
        ['one', 'two']
        """
        return self._command(
            shell_line(line),
            cwd=cwd,
            env=env,
            check=check,
            capture_output=capture_output,
            text=text,
            options=options,
        )

    @abstractmethod
    def _command(
        self,
        line: tuple[str, ...] | str,
        *,
        cwd: str | os.PathLike[str] | None,
        env: Mapping[str, str] | None,
        check: bool,
        capture_output: bool,
        text: bool,
        options: Mapping[str, Any],
    ) -> Ref[Any]:
        """Register a command: words, or a line for a shell."""
