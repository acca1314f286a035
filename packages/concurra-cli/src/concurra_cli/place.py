"""The file of ``--report``: looked at before a run, for afterwards it would be too late, and written in whole."""

from __future__ import annotations

import os
from pathlib import Path

from concurra_cli.errors import PlaceError
from concurra_cli.settings import Settings


def check_place(settings: Settings) -> None:
    """Refuse what the report cannot be written to, before anything runs.

    Raises:
        PlaceError: its folder is not there, or not to be written to, or the path is a folder itself.
    """
    if settings.get("report") is None:
        return
    path = Path(settings.get("report"))
    if path.is_dir():
        trouble = "is a folder"
    elif not path.parent.is_dir():
        trouble = f"cannot be written: there is no folder {str(path.parent)!r}"
    elif not os.access(path if path.exists() and not path.is_file() else path.parent, os.W_OK):
        trouble = "cannot be written: permission denied"
    else:
        return
    raise PlaceError(f"{settings.found['report'].source}: {str(path)!r} {trouble}")


def write_whole(place: str, text: str) -> None:
    """Write *text* to *place*, whole or not at all; to a device or a pipe as it is.

    Raises:
        OSError: that cannot be done.
    """
    path = Path(place)
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    part = Path(f"{place}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
