"""Write docs/events.md out of the JSON Schema of the lines of `JsonSink`.

`python scripts/events_page.py` rewrites the page; with `--check` it writes nothing, and its exit status is 1 if the
page is not what the schema says.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from concurra_logging import schema
from doc_page import write_or_check

_REF: Final = "#/$defs/"
_JSON: Final = {"string": "text", "integer": "whole number", "number": "number", "null": "null"}

_HEAD: Final = """\
# Events as JSON

`JsonSink` of `concurra-logging` writes one JSON object a line. This page is made from the JSON Schema that comes with
the package, which `concurra_logging.schema()` returns; it is version {version}. Within a version no name and no
meaning changes, and fields may be added: so a reader passes over names that it does not know. How to use them is
told in [Log lines and events](howto/logging.md).

Every line has these fields, in this order, and then what was given to the sink as `context`:

"""

_TAIL: Final = """\
## The package

```{eval-rst}
.. autoclass:: concurra_logging.JsonSink
.. autofunction:: concurra_logging.configure
.. autofunction:: concurra_logging.formatter
.. autofunction:: concurra_logging.task_context
.. autoclass:: concurra_logging.TaskFilter
.. autoclass:: concurra_logging.JsonRenderer
.. autofunction:: concurra_logging.schema
```
"""

Described = Mapping[str, Any]  # a part of a JSON Schema


def kind_of(field: Described) -> str:
    """Return what values *field* has.

    >>> kind_of({"type": ["string", "null"]}), kind_of({"enum": ["a", "b"]}), kind_of({"const": 1})
    ('text or null', '`a`, `b`', '1')
    """
    if "const" in field:
        return str(field["const"])
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    types = field["type"]
    return " or ".join(_JSON[name] for name in ([types] if isinstance(types, str) else types))


def rows(fields: Mapping[str, Described], definitions: Mapping[str, Described]) -> Iterator[str]:
    """Yield the lines of the table of *fields*."""
    yield "| field | value | meaning |"
    yield "|---|---|---|"
    for name, said in fields.items():
        field = definitions[said["$ref"].removeprefix(_REF)] if "$ref" in said else said
        yield f"| `{name}` | {kind_of(field)} | {field['description']} |"


def page() -> str:
    """Return the whole page."""
    described = schema()
    definitions = described["$defs"]
    text = _HEAD.format(version=described["properties"]["schema"]["const"])
    text += "\n".join(rows(described["properties"], definitions))
    for ref in described["oneOf"]:
        name = ref["$ref"].removeprefix(_REF)
        event = definitions[name]
        fields = {field: said for field, said in event["properties"].items() if field != "event"}
        text += f"\n\n## {name}\n\n{event['description']}\n\n" + "\n".join(rows(fields, definitions))
    return f"{text}\n\n{_TAIL}"


if __name__ == "__main__":
    sys.exit(write_or_check("events.md", page, sys.argv[1:]))
