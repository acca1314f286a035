"""The words of the command that runs only what failed, and what was skipped because of it."""

from __future__ import annotations

from collections.abc import Container, Hashable

from concurra_core import RunReport, SelectionError, TaskState, Workflow

from concurra_cli.flow import Flow, selected
from concurra_cli.options import BY_NAME, DURATION, LEVEL, PAIRS, PATTERNS, SWITCH
from concurra_cli.settings import Settings
from concurra_cli.tally import FAILURES
from concurra_cli.text import spelt

_MOST = 20  # patterns; a command of more is no help


def rerun_words(flow: Flow, report: RunReport, settings: Settings) -> list[str] | None:
    """Return the words behind ``concurra-cli``, None if there are none, or too many."""
    known = {task.label: task.after for task in flow.part.tasks()}

    def there(states: Container[TaskState]) -> list[Hashable]:
        """Return the labels of what ended so; in the place of a task that a map made in the run, the map."""
        labels = [label for label, result in report.failed.items() if result.status in states]
        return [*dict.fromkeys(label if label in known else flow.part.map_of(label) for label in labels)]

    roots, skipped = there(FAILURES), there({TaskState.SKIPPED})
    lost = {*roots, *skipped}
    if not roots:
        return None
    needed = {need for label in lost for need in known[label]}
    ways = (
        [f"{spelt(label)}+" if len(lost) > len(roots) else spelt(label) for label in roots],
        # Something there needs results of what went well: that must run once more.
        [f"+{spelt(label)}" for label in known if label in lost and label not in needed],
    )
    for patterns in ways:
        if len(patterns) <= _MOST and _works(flow.whole, patterns, settings):
            selection = [word for pattern in patterns for word in _flagged("-s", pattern)]
            return ["run", flow.target, *selection, *_said(settings)]
    return None


def _works(flow: Workflow, patterns: list[str], settings: Settings) -> bool:
    try:
        selected(flow, patterns, settings)
    except SelectionError:
        return False
    return True


def _said(settings: Settings) -> list[str]:
    """Return the flags that were said, but for the selection."""
    words: list[str] = []
    for key, setting in settings.found.items():
        option = BY_NAME[key.partition(".")[0]]
        if option.name == "select" or not setting.source.startswith("--"):
            continue
        words += _words(option.flag, option.kind, key.partition(".")[2], setting.value)
    return words


def _words(flag: str, kind: str, key: str, value: object) -> list[str]:
    if kind == PAIRS:
        texts = value if isinstance(value, list) else [value]
        return [word for text in texts for word in (flag, f"{key}={text}")]
    if kind == PATTERNS and isinstance(value, list):
        return [word for text in value for word in _flagged(flag, text)]
    if kind == LEVEL and isinstance(value, int):
        return [flag] * value
    if kind == SWITCH:
        return [flag] if value else [f"--no-{flag[2:]}"] if flag == "--processes" else []
    if kind == DURATION and isinstance(value, float | None):
        return [flag, "none" if value is None else f"{value:g}"]
    return _flagged(flag, str(value))


def _flagged(flag: str, text: str) -> list[str]:
    """Return the words that give *flag* the value *text*, which may look like a flag itself."""
    if not text.startswith("-"):
        return [flag, text]
    return [f"{BY_NAME['select'].flag if flag == '-s' else flag}={text}"]
