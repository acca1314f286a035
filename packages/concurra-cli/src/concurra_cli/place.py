"""The file of ``--report``: looked at before a run, for afterwards it would be too late, and written in whole."""

from __future__ import annotations

import os
from pathlib import Path

from concurra_cli.errors import PlaceError


def checked_place(said: str, source: str) -> Path:
    """Return the file that *said* names, wherever the working directory will be when it is written.

    Where a link leads is what counts. Of a device or a pipe, such as ``/dev/stdout``, it may have no name.

    Raises:
        PlaceError: its folder is not there, or not to be written to, or the path is a folder itself; it was said by
            *source*.
    """
    path = Path(said)
    special = path.exists() and not path.is_file()
    place = path.absolute() if special else Path(os.path.realpath(said))
    folder = place.parent if path.is_symlink() else path.parent
    if path.is_dir():
        trouble = "is a folder"
    elif not folder.is_dir():
        trouble = f"cannot be written: there is no folder {str(folder)!r}"
    elif not os.access(place if special else folder, os.W_OK):
        trouble = "cannot be written: permission denied"
    else:
        return place
    raise PlaceError(f"{source}: {said!r} {trouble}")


def write_whole(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all; to a device or a pipe as it is.

    Raises:
        OSError: that cannot be done.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    # In a folder that others write to, a name that they can know before may be a link of theirs.
    part = Path(f"{path}.{os.urandom(8).hex()}.part")
    try:
        with part.open("x", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
