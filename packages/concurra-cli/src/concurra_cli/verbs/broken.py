"""What is said of a broken graph by those verbs that show it all the same."""

from __future__ import annotations

from concurra_core import Workflow

from concurra_cli.status import Status
from concurra_cli.text import harmless

_KINDS = {"unknown", "cycle"}


def verdict(flow: Workflow) -> tuple[Status, str]:
    """Return the exit status for *flow* and what is to be told: labels that nobody added, tasks in a ring."""
    problems = [problem.message for problem in flow.validate() if problem.kind in _KINDS]
    told = harmless("\n".join(f"concurra-cli: {message}" for message in problems))
    return (Status.INVALID if problems else Status.SUCCEEDED), told
