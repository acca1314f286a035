"""Whoever has a configuration of structlog or logging keeps it, and has events and tasks told by it."""

from __future__ import annotations

import pytest
from log_programs import lines_written, wrote


@pytest.mark.parametrize(
    ("method", "initializer"), [("template", "configure"), ("fork", "configure"), ("fork", "None")]
)
def test_a_users_configuration_sends_its_lines_too(method: str, initializer: str) -> None:
    lines = lines_written(f"""
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(formatter())
logging.basicConfig(handlers=[handler], level=logging.INFO)
structlog.configure(
    processors=[structlog.processors.add_log_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
)
flow = concurra.Workflow()
flow.add(log_tasks.by_structlog, 1, label="a", on="process")
flow.run(worker=concurra.WorkerOptions(initializer={initializer}, start_method="{method}"))
""")
    took = [line for line in lines if line["event"] == "took"]
    assert [(line["rows"], line["label"], line["level"]) for line in took] == [(1, "a", "info")]


def test_what_is_configured_in_a_worker_is_left_alone() -> None:
    assert (
        wrote("""
def initializer():
    structlog.configure(processors=[structlog.processors.KeyValueRenderer(key_order=["event"])])
    assert not configure()

flow = concurra.Workflow()
flow.add(log_tasks.by_structlog, 1, label="a", on="process")
assert not flow.run(worker=concurra.WorkerOptions(initializer=initializer)).failed
""")
        == "event='too low'\nevent='took' rows=1 name='n'\n"
    )


def test_a_users_own_processors_and_renderer_tell_events_and_tasks() -> None:
    lines = lines_written("""
def mine(logger, method, event_dict):
    return {"mine": True, **event_dict}

structlog.configure(
    processors=[structlog.contextvars.merge_contextvars, task_context, mine, structlog.processors.JSONRenderer()],
    logger_factory=structlog.PrintLoggerFactory(),
)
structlog.contextvars.bind_contextvars(request="r-7")
runner = concurra.TaskRunner(name="etl", progress_stats=False, sinks=[JsonSink(structlog.get_logger())])
runner.add_task(log_tasks.by_structlog, 1, label="a")
runner.run(verify=False)
""")
    assert all(line["mine"] and line["request"] == "r-7" and line["run_id"] for line in lines)
    names = [line["event"] for line in lines]
    assert sorted(names) == sorted(
        ["run.started", "task.started", "too low", "took", "task.ended", "run.progress", "run.ended"]
    )
    assert {line["label"] for line in lines if line["event"] in ("took", "too low")} == {"a"}


def test_a_handler_of_the_standard_library_can_have_it_all() -> None:
    text = wrote("""
handler = logging.StreamHandler(sys.stdout)
handler.addFilter(TaskFilter())
handler.setFormatter(logging.Formatter("%(label)s %(attempt)s: %(message)s", defaults={"label": "-", "attempt": "-"}))
logging.basicConfig(handlers=[handler], level=logging.INFO)
logging.info("outside")
flow = concurra.Workflow()
for on in ("thread", "process"):
    flow.add(log_tasks.by_logging, 1, label=on, on=on)
flow.run(max_concurrency=1)
""")
    assert text.splitlines() == ["- -: outside", "thread 1: took 1", "process 1: took 1"]
