"""Run one program of the table: ``python -m faults.child MODULE PROGRAM KIND``. Its one line of stdout is JSON."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any


def main(module: str, program: str, kind: str) -> None:
    """Say what the program returned. What tasks of its print goes to stderr, so that stdout is ours."""
    ours = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    call: Any = getattr(import_module(f"faults.{module}"), program)
    answer = call(kind)
    if answer is not None:
        ours.write(json.dumps(answer))
    ours.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
