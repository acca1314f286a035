"""The nearest pyproject.toml that has something to say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from concurra_cli.errors import SettingError

_NAME: Final = "pyproject.toml"


def nearest_table(folder: Path) -> tuple[Path, Mapping[str, object]]:
    """Return the nearest file in *folder* or above it that has ``[tool.concurra]``, and that table; empty if none has.

    Raises:
        SettingError: a file on the way is not TOML, or has something else there.
    """
    for place in (folder, *folder.parents):
        file = place / _NAME
        if file.is_file():
            table = _table(file)
            if table is not None:
                return file, table
    return folder / _NAME, {}


def _table(file: Path) -> Mapping[str, object] | None:
    import tomllib

    try:
        found: object = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(f"{file} cannot be read: {error}") from None
    for key in ("tool", "concurra"):
        if not isinstance(found, dict) or key not in found:
            return None
        found = found[key]
    if not isinstance(found, dict):
        raise SettingError(f"{file}: [tool.concurra] must be a table")
    return found
