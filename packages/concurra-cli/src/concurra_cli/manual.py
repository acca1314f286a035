"""The words of ``--help``: what each command is for, what a target is, examples. Light: imports nothing."""

from __future__ import annotations

from typing import Final

PROGRAM: Final = "concurra-cli"

VERBS: Final = {
    "run": "run the tasks of a target",
    "plan": "show what a run will look like: waves, order, critical path",
    "list": "show the tasks of a target",
    "graph": "draw the tasks of a target, and what waits for what",
    "validate": "find everything that is wrong with a target, without running it",
    "init": "write a workflow to start from",
}
SHELLS: Final = ("bash", "zsh", "fish")  # that the command is completed in
STARTER: Final = "flow.py"  # what init writes where no path is said

_TARGETS: Final = """\
targets:
  TARGET is a Workflow, a TaskRunner, or a function that returns one.

  module:attr         from the modules of the current folder or of the
                      environment; attr may be dotted
  module              its attribute 'flow' or 'runner'
  path/file.py:attr   from a file; its folder is where it imports from first,
                      then the current one
  path/file.py        its attribute 'flow' or 'runner'
  path/package        a folder with __init__.py; attr as above
"""
_PATTERNS: Final = """\
patterns:
  label    the task with this label     tag:NAME  all tasks with this tag
  +label   and all it depends on        gl*b      all labels that match
  label+   and all that depends on it   +x+       both
"""
_STREAMS: Final = """\
streams:
  Standard output gets data and nothing else. Progress, failures and whatever
  the tasks print go to standard error.
"""
_SETTINGS: Final = """\
settings:
  What a flag says can be said in [tool.concurra] of pyproject.toml and as
  CONCURRA_* in the environment too, by the same names: --fail-fast,
  CONCURRA_FAIL_FAST=1, fail-fast = true. Flags come first, then the
  environment. --show-config tells what holds, and why. NO_COLOR is respected.
"""
_STATUS: Final = """\
exit status:
  0  all good                                  124  the run's deadline came
  1  a task failed                             129  the terminal has gone
  2  bad usage, or nothing could be loaded     130  interrupted (Ctrl-C)
  3  the graph is invalid                      143  terminated (SIGTERM)
  4  nothing is selected
"""
EXAMPLES: Final = {
    "": (
        ("init", "write flow.py, a workflow to start from"),
        ("list flow.py", "its tasks"),
        ("run flow.py", "run them"),
    ),
    "run": (
        ("run flows.py", "all tasks of flow or runner there"),
        ("run flows:nightly -p day=monday", "those of nightly(day='monday')"),
        ("run flows -s +report -j 4", "report and what it needs, 4 at a time"),
        ("run flows --deadline 1h --retries 2", "within an hour, three attempts each"),
        ("run flows --json | jq .counts", "use the results"),
    ),
    "plan": (
        ("plan flows -s +report", "what a run of this part will look like"),
        ("plan flows --json | jq .plan.critical_path", "as data"),
    ),
    "list": (
        ("list flows -s 'tag:nightly'", "labels, a line each"),
        ("list flows -v", "and where they run, after whom, how long"),
    ),
    "graph": (
        ("graph flows --as mermaid", "for a Markdown page"),
        ("graph flows --as dot | dot -Tsvg", "a picture, by Graphviz"),
    ),
    "validate": (
        ("validate flows", "labels, cycles, arguments"),
        ("validate flows -j 4 --limit db=2", "and whether all can ever start"),
    ),
    "init": (
        ("init", f"write {STARTER}"),
        ("init jobs/etl.py --force", "over what is there"),
    ),
}


def epilog(verb: str) -> str:
    """Return what the help of *verb* ends with; of the program itself for an empty one."""
    parts = [_TARGETS, _PATTERNS, _STREAMS, _SETTINGS, _STATUS]
    if verb == "init":
        parts = [_STATUS]
    elif not verb:
        parts = [_TARGETS, _STREAMS, _SETTINGS, _STATUS]
    more = "" if verb else f"\n{PROGRAM} COMMAND --help tells more.\n"
    return "\n".join([_examples(verb), *parts]) + more


def _examples(verb: str) -> str:
    width = max(len(line) for line, _ in EXAMPLES[verb])
    rows = (f"  {PROGRAM} {line:<{width}}  {does}\n" for line, does in EXAMPLES[verb])
    return f"examples:\n{''.join(rows)}"
