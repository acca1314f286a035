"""Write uv.lock without addresses: versions, file names and hashes stay, where they came from goes.

`python scripts/lock.py` rewrites uv.lock in place; `python scripts/lock.py --clean` reads a lock on standard
input and writes the index-free one to standard output, as a git clean filter does.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_LOCK = Path(__file__).resolve().parent.parent / "uv.lock"


def index_free(lock: str) -> str:
    """Return the text of *lock* with file names in place of addresses, and without the metadata tables.

    >>> index_free('{ url = "https://host/a/b/x-1.whl", hash = "sha256:0" }')
    '{ filename = "x-1.whl", hash = "sha256:0" }'
    """
    lock = re.sub(r'url = "[^"]*/([^"/]+)"', r'filename = "\1"', lock)
    lock = re.sub(r'registry = "[^"]*"', 'registry = "."', lock)
    tables = re.split(r"(?m)^(?=\[)", lock)
    return "".join(table for table in tables if not table.startswith("[package.metadata"))


def main(argv: list[str]) -> int:
    """Run the script; returns its exit status."""
    if argv == ["--clean"]:
        sys.stdout.write(index_free(sys.stdin.read()))
    else:
        _LOCK.write_text(index_free(_LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
