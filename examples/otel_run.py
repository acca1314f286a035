"""Run tasks with the sink of ``otel_spans.py``, and have their spans printed.

Where spans go is up to your `TracerProvider`. Run it with ``python examples/otel_run.py`` after
``python -m pip install opentelemetry-sdk``.
"""

import concurra
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from otel_spans import SpanSink


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
