"""``validate``: everything that is wrong, without a run."""

from __future__ import annotations

from concurra_cli.answer import Answer
from concurra_cli.flow import load_flow
from concurra_cli.job import Call
from concurra_cli.status import Status
from concurra_cli.text import counted, harmless, one_line


def perform(call: Call) -> Answer:
    """Return the problems of the target."""
    flow = load_flow(call.request.target, call.settings)
    problems = flow.part.validate(
        max_concurrency=flow.run.get("max_concurrency"), limits=flow.run.get("limits"), on=flow.run.get("on")
    )
    told = [{"kind": each.kind, "labels": each.labels, "message": each.message} for each in problems]
    document = {"target": flow.target, "valid": not problems, "tasks": len(flow.part), "problems": told}
    if not problems:
        text = f"{one_line(flow.part.name)}: {counted(len(flow.part), 'task')}, no problem"
        return Answer(Status.SUCCEEDED, document, text)
    return Answer(
        Status.INVALID,
        document,
        "\n".join(harmless(f"{each.kind}: {each.message}") for each in problems),
        f"concurra-cli: {counted(len(problems), 'problem')}",
    )
