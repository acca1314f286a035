"""Finding in a worker what the run could import. Child-safe.

A worker has the run's `sys.path`. That is not all: `site` is left out when an interpreter is to start fast, and
with it import hooks of `.pth` files; and a script's loader may have made modules of files that no path leads to.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.machinery import ModuleSpec


class LastResort:
    """Find modules that nobody else finds: in the files they had in the run, then by what `site` sets up.

    Args:
        files: where modules that no path leads to came from, by name.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._site = True

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return where *name* comes from, None if it cannot be found here either."""
        file = self._files.get(name)
        if file is not None:
            from importlib.util import spec_from_file_location

            inside = [file.rpartition("/")[0]] if file.endswith("/__init__.py") else None
            return spec_from_file_location(name, file, submodule_search_locations=inside)
        spec = self._of_site(name) if self._site and "." not in name else None
        if spec is None and any(known.startswith(f"{name}.") for known in self._files):
            from importlib.machinery import ModuleSpec

            # What lies below it has a file, and it has none: whoever made the module made its parents of nothing.
            spec = ModuleSpec(name, None, is_package=True)
        return spec

    def _of_site(self, name: str) -> ModuleSpec | None:
        self._site = False
        found = list(sys.meta_path)
        searched = list(sys.path)
        import site

        site.main()
        sys.path[:] = searched
        for finder in sys.meta_path:
            if finder not in found:
                spec = finder.find_spec(name, None, None)
                if spec is not None:
                    return spec
        return None
