"""Each line of a task has label, attempt and run id, whatever of these names the user has bound or given."""

from __future__ import annotations

import pytest
from log_programs import lines_written, wrote

RUN = """
flow = concurra.Workflow(name="etl")
for on in ("thread", "process"):
    flow.add(log_tasks.by_logging, 1, label=f"std {on}", on=on)
    flow.add(log_tasks.by_structlog, 1, label=f"struct {on}", on=on)
    flow.add(log_tasks.with_own_run_id, label=f"given {on}", on=on)
assert not flow.run(worker=concurra.WorkerOptions(start_method=METHOD)).failed
"""


@pytest.mark.parametrize("method", ["template", "fork"])
def test_a_run_id_that_is_given_or_bound_stays_and_takes_nothing_away(method: str) -> None:
    lines = lines_written(f"""
METHOD = {method!r}
configure(sys.stdout)
{RUN}
structlog.contextvars.bind_contextvars(run_id="bound")
{RUN}
""")
    unbound, bound = lines[:8], lines[8:]
    assert len(bound) == 8
    for line in lines:
        assert line["label"].split()[1] in ("thread", "process"), line
        assert line["attempt"] == 1
    # Who wins: what was bound, then what the line was given, then the mark.
    assert {line["run_id"] for line in unbound if line["event"] == "mine"} == {"given"}
    (run_id,) = {line["run_id"] for line in unbound if line["event"] != "mine"}
    assert run_id not in ("given", "bound")
    assert {line["run_id"] for line in bound if line["event"] != "mine"} == {"bound"}


def test_events_keep_their_own_run_id_whatever_is_bound() -> None:
    lines = lines_written("""
configure(sys.stdout)
structlog.contextvars.bind_contextvars(run_id="bound", attempt=9)
sinks = [JsonSink(structlog.get_logger("a")), JsonSink(logging.getLogger("b"))]
runner = concurra.TaskRunner(progress_stats=False, sinks=sinks)
runner.add_task(len, "abc", label="three")
runner.run(verify=False)
""")
    assert len(lines) == 2 * 5
    (run_id,) = {line["run_id"] for line in lines}
    assert run_id != "bound"
    assert {line["attempt"] for line in lines if "label" in line} == {1}


def test_a_schema_that_a_task_binds_does_not_make_an_event_of_its_lines() -> None:
    (line,) = lines_written("""
configure(sys.stdout)
runner = concurra.TaskRunner(progress_stats=False)
runner.add_task(lambda: structlog.get_logger().info("mine", schema="public", run_id="r"), label="a")
runner.run(verify=False)
""")
    assert (line["schema"], line["run_id"], line["label"], line["attempt"]) == ("public", "r", "a", 1)


def test_the_filter_sets_each_mark_that_a_record_has_not() -> None:
    text = wrote("""
handler = logging.StreamHandler(sys.stdout)
handler.addFilter(TaskFilter())
handler.setFormatter(logging.Formatter("%(run_id)s %(label)s %(attempt)s"))
logging.basicConfig(handlers=[handler], level=logging.INFO)
flow = concurra.Workflow()
for on in ("thread", "process"):
    flow.add(lambda: logging.info("mine", extra={"run_id": "given"}), label=on, on=on)
flow.run(max_concurrency=1)
""")
    assert text.splitlines() == ["given thread 1", "given process 1"]


@pytest.mark.parametrize("method", ["template", "fork"])
def test_what_a_task_binds_is_on_its_lines_wherever_it_runs(method: str) -> None:
    lines = lines_written(f"""
configure(sys.stdout)
flow = concurra.Workflow()
for on in ("thread", "process"):
    flow.add(log_tasks.bound_inside, label=on, on=on)
assert not flow.run(worker=concurra.WorkerOptions(start_method={method!r})).failed
""")
    assert sorted((line["logger"], line["label"]) for line in lines) == [
        (logger, on) for logger in ("app.std", "app.struct") for on in ("process", "thread")
    ]
    for line in lines:
        assert (line["run_id"], line["request"], line["attempt"]) == ("bound", "r-7", 1), line
        assert "n" in (line.get("name"), line.get("name_"))
