"""What a target on the command line says: which module or file, and which attribute of it."""

from __future__ import annotations

import os
from typing import Final, NamedTuple, Self

from concurra_cli.errors import TargetError

_FORMS: Final = "a target is module:attr, module, path/file.py:attr or path/file.py"


class Target(NamedTuple):
    """A place, which is the path of a file or the dotted name of a module, and an attribute there.

    *attr* may be dotted; empty, it stands for the names that a place alone is looked through for.
    """

    place: str
    attr: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the target that *text* names.

        Raises:
            TargetError: *text* has none of the forms of a target.

        >>> Target.parse("jobs/etl.py:flows.nightly")
        Target(place='jobs/etl.py', attr='flows.nightly')
        >>> Target.parse("jobs.etl")
        Target(place='jobs.etl', attr='')
        """
        place, colon, attr = text.rpartition(":")
        if not colon or text.endswith(".py"):
            place, colon, attr = text, "", ""
        target = cls(place, attr)
        if not target.is_file and not _is_dotted(place):
            raise TargetError(f"{text!r}: {place!r} is neither the name of a module nor a file; {_FORMS}")
        if colon and not _is_dotted(attr):
            raise TargetError(f"{text!r}: {attr!r} is not the name of an attribute; {_FORMS}")
        return target

    @property
    def is_file(self) -> bool:
        """Whether the place is a path."""
        return self.place.endswith(".py") or os.sep in self.place

    def __str__(self) -> str:
        return f"{self.place}:{self.attr}" if self.attr else self.place


def _is_dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))
