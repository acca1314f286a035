"""``plan``: what a run will look like."""

from __future__ import annotations

from concurra_cli.answer import Answer
from concurra_cli.flow import Flow, load_flow
from concurra_cli.job import Call
from concurra_cli.status import Status
from concurra_cli.text import harmless


def perform(call: Call) -> Answer:
    """Return waves, order and critical path of the target."""
    return plan_of(load_flow(call.request.target, call.settings))


def plan_of(flow: Flow) -> Answer:
    """Return the plan of *flow*.

    Raises:
        DefinitionError: its graph is broken.
    """
    plan = flow.part.plan()
    return Answer(Status.SUCCEEDED, {"target": flow.target, "plan": plan.to_json()}, harmless(str(plan)))
