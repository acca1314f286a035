"""The words of the command that runs only what failed, and what was skipped because of it."""

from __future__ import annotations

from collections.abc import Container, Hashable

from concurra_core import RunReport, SelectionError, TaskState

from concurra_cli.flow import Flow, selected
from concurra_cli.options import BY_NAME, DURATION, LEVEL, PAIRS, PATTERNS, SWITCH, Option
from concurra_cli.settings import Settings
from concurra_cli.tally import FAILURES
from concurra_cli.text import spelt
from concurra_cli.values import duration_text

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
        if len(patterns) <= _MOST and _works(flow, patterns, settings):
            selection = [word for pattern in patterns for word in _flagged("-s", pattern)]
            return ["run", flow.target, *selection, *_said(settings)]
    return None


def _works(flow: Flow, patterns: list[str], settings: Settings) -> bool:
    try:
        selected(flow.whole, settings, patterns)
    except SelectionError:
        return False
    return True


def _said(settings: Settings) -> list[str]:
    """Return the flags that were said, but for the selection."""
    words: list[str] = []
    for key, setting in settings.found.items():
        option = BY_NAME[key.partition(".")[0]]
        # Not of what another flag switched off.
        if option.name != "select" and setting.source in {option.flag, option.off}:
            words += _words(option, key.partition(".")[2], setting.value)
    return words


def _words(option: Option, key: str, value: object) -> list[str]:
    if option.name == "env":  # what may be a secret is to be set once more: without it the command is refused
        return [option.flag, key]
    if option.kind == PAIRS:
        texts = value if isinstance(value, list) else [value]
        return [word for text in texts for word in (option.flag, f"{key}={text}")]
    if option.kind == PATTERNS and isinstance(value, list):
        return [word for text in value or [""] for word in _flagged(option.flag, text)]
    if option.kind in {LEVEL, SWITCH} and isinstance(value, int):
        return [option.flag] * value or [option.off]
    if option.kind == DURATION and isinstance(value, float | None):
        return [option.flag, duration_text(value)]
    return _flagged(option.flag, "" if value is None else str(value))


def _flagged(flag: str, text: str) -> list[str]:
    """Return the words that give *flag* the value *text*, which may look like a flag itself."""
    if not text.startswith("-"):
        return [flag, text]
    return [f"{BY_NAME['select'].flag if flag == '-s' else flag}={text}"]
