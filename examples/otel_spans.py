"""Spans of OpenTelemetry out of a run: one for the run, and below it one for each attempt of a task.

The sink is all it takes; Concurra itself does not depend on OpenTelemetry. Spans begin and end at the moments of the
events, however late a sink hears of them. Where they go is up to your `TracerProvider`; here they are printed.

Run it with ``python examples/otel_spans.py`` after ``python -m pip install opentelemetry-sdk``.
"""

from collections.abc import Hashable

import concurra
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor


class SpanSink:
    """Make spans of the events of one run."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self.tracer = tracer
        self.tasks: dict[Hashable, trace.Span] = {}

    def __call__(self, event: concurra.Event) -> None:
        """Begin or end the span that *event* is about."""
        now = int(event.wall * 1e9)
        match event:
            case concurra.RunStarted():
                self.run = self.tracer.start_span(
                    event.name, start_time=now, attributes={"run_id": event.run_id}
                )
            case concurra.TaskStarted(label=label, attempt=attempt):
                inside = trace.set_span_in_context(self.run)
                name = str(label)
                self.tasks[label] = self.tracer.start_span(
                    name, inside, start_time=now, attributes={"label": name, "attempt": attempt}
                )
            case concurra.TaskRetrying(label=label, error=reason):
                self.end(self.tasks.pop(label), now, reason)
            case concurra.TaskEnded(label=label, reason=reason, status=status):
                if label in self.tasks:
                    self.end(self.tasks.pop(label), now, reason)
                else:  # it never began
                    self.run.add_event(f"{label}: {status.value}", {"reason": str(reason)}, timestamp=now)
            case concurra.RunEnded(failed=failed, total=total):
                self.end(self.run, now, f"{failed} of {total} tasks did not succeed" if failed else None)

    def end(self, span: trace.Span, now: int, reason: str | None) -> None:
        """End *span*, well if there is no *reason* to the contrary."""
        span.set_status(trace.StatusCode.ERROR if reason else trace.StatusCode.OK, reason)
        span.end(end_time=now)


def flow(*sinks: concurra.Sink) -> concurra.TaskRunner:
    """Return a runner whose spans show a retry, a failure, and a task that never began."""
    runner = concurra.TaskRunner(max_concurrency=1, name="parse", progress_stats=False, sinks=sinks)
    prices = [runner.add_task(float, text, label=text) for text in ("3.5", "four")]
    runner.add_task(float, "five", label="five", task_retries=1)
    runner.add_task(sum, label="sum", depends_on=prices)
    return runner


def line_of(span: ReadableSpan) -> str:
    """Return a line about *span*."""
    return f"{span.name}: {span.status.status_code.name}, {span.status.description}\n"


def main() -> None:
    """Run the tasks and print their spans."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(formatter=line_of)))
    flow(SpanSink(provider.get_tracer("concurra"))).run(verify=False)
    provider.shutdown()


if __name__ == "__main__":
    main()
