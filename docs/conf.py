"""How Sphinx builds these pages: `make docs`. Nothing is fetched, neither by the build nor by a reader."""

from __future__ import annotations

from importlib.metadata import version as version_of
from typing import Final

project = "Concurra"
author = "the Concurra authors"
release = version = version_of("concurra-core")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.doctest",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
myst_heading_anchors = 3

# In docstrings single backticks mark code, as they do in Markdown.
default_role = "code"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False

# Examples in docstrings name what the package offers, as their own modules do.
doctest_global_setup = "from concurra_core import *\nfrom concurra_logging import *"

html_theme = "furo"
html_title = f"Concurra {release}"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False

nitpick_ignore_regex: Final = [
    (
        r"py:class",
        r"RunSettings|RunOptions",
    ),  # a TypedDict and an inner record; the reference describes their keys
    # The standard library's own pages would have to be fetched: the build works without a network.
    (r"py:class", r"(collections\.abc|os|logging|structlog|threading)\.[\w.]+"),
    # Type variables.
    (r"py:class", r"concurra_core\.[\w.]+\.(T_co|D)"),
    # Shapes that an argument must have, told where they stand in the signature. Neither is a public name; they
    # stand there with or without their module, as the module of `TaskRunner` imports them early or late.
    (r"py:class", r"(concurra_\w+\.[\w.]+\.)?(Backend|LoggerLike|StructLogger)"),
]
