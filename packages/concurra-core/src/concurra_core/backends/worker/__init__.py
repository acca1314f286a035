"""What runs in the template process and in worker processes.

These modules are sent to a bare interpreter as code and run there before any path is set up, so that a worker
starts in milliseconds: they import built-in and C modules of the standard library, and one another, in the order
of `LOADED`; `posix` where others write `os`, which is a millisecond of Python. What else they need they import when
they need it. They know nothing of attrs, and nothing above them. `boot` makes modules of the others.
"""

LOADED = (
    "wire",
    "orders",
    "family",
    "slate",
    "columns",
    "arrivals",
    "value",
    "cargo",
    "blame",
    "results",
    "surroundings",
    "watch",
    "voice",
    "homes",
    "now",
    "batch",
    "serve",
    "template",
)
