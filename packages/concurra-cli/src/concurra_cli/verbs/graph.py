"""``graph``: the tasks of a target and what waits for what, drawn."""

from __future__ import annotations

from concurra_core import Workflow

from concurra_cli.answer import Answer
from concurra_cli.flow import load_flow
from concurra_cli.job import Call
from concurra_cli.text import harmless
from concurra_cli.verbs.broken import verdict


def perform(call: Call) -> Answer:
    """Return the graph of the target. A broken one is drawn too."""
    flow = load_flow(call.request.target, call.settings)
    status, talk = verdict(flow.part)
    drawn = harmless(_drawn(flow.part, call.request.form)).removesuffix("\n")
    document: dict[str, object] = {"target": flow.target, "name": flow.part.name}
    if call.settings.on("json"):
        document |= {**_data(flow.part), "form": call.request.form, "text": drawn}
    return Answer(status, document, drawn or None, talk)


def _drawn(flow: Workflow, form: str) -> str:
    if form == "dot":
        return flow.dot()
    return flow.mermaid() if form == "mermaid" else flow.text()


def _data(flow: Workflow) -> dict[str, object]:
    graph = flow.graph()
    nodes = [{"label": label, "kind": kind} for label, kind in graph.nodes(data="kind")]
    edges = [
        {"source": source, "target": target, "kind": told["kind"], "passes": told["passes"]}
        for source, target, told in graph.edges(data=True)
    ]
    return {"nodes": nodes, "edges": edges}
