"""A sink that makes spans of OpenTelemetry out of a run: one for the run, and below it one for each attempt of a task.

It is all it takes; Concurra itself does not depend on OpenTelemetry. Spans begin and end at the moments of the events,
however late a sink hears of them. ``otel_run.py`` shows it at work.
"""

from collections.abc import Hashable

import concurra
from opentelemetry.trace import Span, StatusCode, Tracer, set_span_in_context


class SpanSink:
    """Make spans of the events of one run."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.tasks: dict[Hashable, Span] = {}

    def __call__(self, event: concurra.Event) -> None:
        """Begin or end the span that *event* is about."""
        now = int(event.wall * 1e9)
        match event:
            case concurra.RunStarted(name=name, run_id=run_id):
                self.run = self.tracer.start_span(name, start_time=now, attributes={"run_id": run_id})
            case concurra.TaskStarted(label=label, attempt=attempt):
                name, inside = str(label), set_span_in_context(self.run)
                self.tasks[label] = self.tracer.start_span(
                    name, inside, start_time=now, attributes={"label": name, "attempt": attempt}
                )
            case concurra.TaskRetrying(label=label, error=why):
                end(self.tasks.pop(label), now, why)
            case concurra.TaskEnded(label=label, reason=why) if label in self.tasks:
                end(self.tasks.pop(label), now, why)
            case concurra.TaskEnded(label=label, reason=why, status=status):  # it never began
                self.run.add_event(f"{label}: {status.value}", {"reason": str(why)}, timestamp=now)
            case concurra.RunEnded(failed=failed, total=total):
                end(self.run, now, f"{failed} of {total} tasks did not succeed" if failed else None)


def end(span: Span, now: int, why: str | None) -> None:
    """End *span*, well if there is no *why* to the contrary."""
    span.set_status(StatusCode.ERROR if why else StatusCode.OK, why)
    span.end(end_time=now)
