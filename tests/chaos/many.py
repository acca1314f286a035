"""Many seeds, some at a time in each of several programs: ``python -m chaos.many 1000``. Exit status: 0 if all was well."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from chaos.__main__ import LIMIT

_TESTS: Final = Path(__file__).parents[1]
AT_A_TIME: Final = 2  # programs


def complaints(first: int, count: int, bytecode: str) -> list[str]:
    """Run *count* seeds from *first* on in a program of its own, and return what was not as it must be.

    What is compiled is kept in *bytecode*: with nothing kept, each worker would compile for most of its time.
    """
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    program = subprocess.run(
        [sys.executable, "-m", "chaos", str(first), str(count)],
        env=environ | {"PYTHONPATH": str(_TESTS), "PYTHONPYCACHEPREFIX": bytecode},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=count * LIMIT,
        check=False,
    )
    found = program.stdout.splitlines()
    if program.returncode not in {0, 1} or (program.returncode and not found):
        found.append(f"exit status {program.returncode}: {program.stderr[-5000:]}")
    return found


def all_complaints(count: int, size: int) -> Iterator[list[str]]:
    """Yield what was wrong with *size* seeds after *size* seeds, up to *count*, in order."""
    with tempfile.TemporaryDirectory() as bytecode, ThreadPoolExecutor(AT_A_TIME) as programs:
        yield from programs.map(lambda first: complaints(first, size, bytecode), range(0, count, size))


def main(count: int) -> int:
    wrong = 0
    for found in all_complaints(count, 25):
        wrong += bool(found)
        sys.stdout.write("".join(f"{words}\n" for words in found) or ".")
        sys.stdout.flush()
    sys.stdout.write(
        f"\n{count} seeds, {'all well' if not wrong else 'something was wrong, as told above'}\n"
    )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
