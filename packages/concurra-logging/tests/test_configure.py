"""`configure`: one stream of JSON out of events, records and lines of structlog, and nobody's configuration broken."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest
import structlog
from concurra_logging import configure
from log_events import loaded
from log_programs import lines_written, of_tasks, wrote


@pytest.mark.parametrize("method", ["template", "fork"])
def test_events_records_and_lines_of_tasks_are_one_stream(method: str) -> None:
    lines = lines_written(f"""
assert configure(sys.stdout)
structlog.contextvars.bind_contextvars(request="r-7")
flow = concurra.Workflow(name="etl")
for on in ("thread", "process", "inline"):
    flow.add(log_tasks.by_logging, 1, label=f"std {{on}}", on=on)
    flow.add(log_tasks.by_structlog, 1, label=f"struct {{on}}", on=on)
flow.add(log_tasks.in_coroutine, 1, label="coroutine")
worker = concurra.WorkerOptions(start_method="{method}")
report = flow.run(sinks=[JsonSink(structlog.get_logger("events"))], worker=worker)
assert not report.failed
runner = concurra.TaskRunner(name="legacy")
runner.add_task(len, "abc", label="three")
runner.run()
""")
    (start,) = (line for line in lines if line["event"] == "run.started")
    expected = {"level": "info", "request": "r-7", "run_id": start["run_id"], "attempt": 1, "rows": 1}
    std, struct, events = (of_tasks(lines, logger) for logger in ("app.std", "app.struct", "events"))
    assert set(std) == {"std thread", "std process", "std inline", "coroutine"}
    assert set(struct) == {"struct thread", "struct process", "struct inline", "coroutine"}
    assert set(events) == {*std, *struct}
    for line in std.values():
        assert line == {**line, **expected, "event": "took 1"}
    for line in struct.values():
        assert line == {**line, **expected, "event": "took"}
        assert "n" in (line.get("name"), line.get("name_"))
    for line in events.values():
        assert (line["event"], line["status"], line["request"]) == ("task.ended", "succeeded", "r-7")
    legacy = [line for line in lines if line["logger"] == "concurra.core"]
    assert [line["event"].split()[0] for line in legacy] == [
        "legacy",
        "+---------+--------+------------+------------+",
    ]
    for line in lines:
        assert list(line)[:3] == ["timestamp", "level", "event"]
        assert len(line["timestamp"]) == len("2026-11-24T03:03:36.865068Z")


def test_tracebacks_are_text_from_processes_too() -> None:
    lines = lines_written("""
configure(sys.stdout)
flow = concurra.Workflow()
for on in ("thread", "process"):
    flow.add(log_tasks.with_traceback, label=on, on=on)
flow.run()
""")
    assert sorted((line["logger"], line["label"]) for line in lines) == [
        (logger, on) for logger in ("app.std", "app.struct") for on in ("process", "thread")
    ]
    for line in lines:
        assert line["exception"].startswith("Traceback (most recent call last):\n")
        assert line["exception"].endswith("ValueError: no")
        assert line["level"] == "error"


def test_a_logger_of_the_standard_library_tells_events_too() -> None:
    lines = lines_written("""
configure(sys.stdout)
sink = JsonSink(logging.getLogger("events"), context={"site": "b", "name": "n"}, progress=None)
runner = concurra.TaskRunner(name="etl", progress_stats=False, sinks=[sink])
runner.add_task(int, "x", label="bad")
runner.run(verify=False)
logging.getLogger("events").setLevel(logging.WARNING)
runner = concurra.TaskRunner(name="quiet", progress_stats=False, sinks=[sink])
runner.add_task(int, label="good")
runner.run(verify=False)
""")
    assert [(line["event"], line["level"]) for line in lines] == [
        ("run.started", "info"),
        ("task.started", "info"),
        ("task.ended", "error"),
        ("run.ended", "error"),
    ]
    for line in lines:
        assert (line["site"], line["name_"], line["run_name"], line["logger"]) == ("b", "n", "etl", "events")
    assert lines[2]["error_type"] == "ValueError"


def test_what_is_configured_is_left_alone_unless_told_otherwise() -> None:
    assert wrote("""
logging.basicConfig(stream=sys.stdout, format="mine %(message)s", level=logging.INFO)
assert not configure(sys.stdout)
assert not structlog.is_configured()
logging.getLogger("a").info("one")
assert configure(sys.stdout, force=True)
logging.getLogger("a").info("two")
print(len(logging.root.handlers))
""").splitlines()[0::2] == ["mine one", "1"]
    assert (
        wrote("""
structlog.configure(processors=[structlog.processors.KeyValueRenderer()], logger_factory=structlog.PrintLoggerFactory())
assert not configure(sys.stdout)
assert not logging.root.handlers
structlog.get_logger().info("one")
""")
        == "event='one'\n"
    )


def test_on_a_terminal_lines_are_for_people() -> None:
    text = wrote("""
class Terminal(io.StringIO):
    def isatty(self):
        return True

terminal, plain = Terminal(), io.StringIO()
configure(terminal)
structlog.get_logger("app").info("took", rows=1)
logging.getLogger("app").warning("rows %d", 1, extra={"site": "b"})
configure(plain, json=False, force=True)
structlog.get_logger("app").info("took", rows=1)
print(json.dumps([terminal.getvalue(), plain.getvalue()]))
""")
    colored, plain = json.loads(text)
    assert "\x1b[" in colored
    assert "took" in colored
    assert "rows 1" in colored
    assert "\x1b[" not in plain
    assert "rows=1" in plain


def test_what_json_does_not_know_is_text_and_a_narrow_stream_gets_ascii() -> None:
    text = wrote("""
wide, narrow = io.StringIO(), io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
for stream in (wide, narrow):
    configure(stream, force=True)
    structlog.get_logger("app").info("caf\\u00e9 \\u2028", big=10**30, nan=float("nan"), odd={1: {2}}, half="\\ud800")
narrow.flush()
print(json.dumps([wide.getvalue(), narrow.buffer.getvalue().decode("ascii")]))
""")
    for shown in json.loads(text):
        (line,) = loaded(shown.replace("\u2028", "\\u2028"))
        assert line["event"] == "caf\u00e9 \u2028"
        assert (line["big"], line["nan"], line["odd"], line["half"]) == (
            10**30,
            "nan",
            {"1": "{2}"},
            "\ud800",
        )


def test_events_of_a_run_inside_of_a_coroutine_are_not_taken_for_the_tasks() -> None:
    lines = lines_written("""
configure(sys.stdout)

async def outer():
    runner = concurra.TaskRunner(name="inner", progress_stats=False, sinks=[JsonSink(structlog.get_logger("events"))])
    runner.add_task(len, "abc", label="in")
    runner.run(verify=False)
    structlog.get_logger("app").info("back")

flow = concurra.Workflow(name="outer")
flow.add(outer, label="out")
assert not flow.run().failed
""")
    assert {line.get("label") for line in lines if line["logger"] == "events"} == {None, "in"}
    assert [line["label"] for line in lines if line["logger"] == "app"] == ["out"]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"level": "loud"}, ValueError, "there is no level 'loud'; there are CRITICAL, DEBUG, ERROR"),
        ({"level": 1.5}, TypeError, "level must be a number or a name such as 'INFO', not 1.5"),
        ({"level": True}, TypeError, "not True"),
        ({"level": -5}, ValueError, "level must be 0 or more, or a name such as 'INFO', not -5"),
        ({"stream": "log.txt"}, TypeError, "stream must be a text stream, not 'log.txt'"),
        ({"json": "no"}, TypeError, "json must be True or False, or None for .*, not 'no'"),
        ({"force": "no"}, TypeError, "force must be True or False, not 'no'"),
    ],
)
def test_what_cannot_be_set_up_changes_nothing(
    settings: dict[str, object], error: type[Exception], message: str
) -> None:
    before = list(logging.root.handlers)
    with pytest.raises(error, match=message):
        configure(**{"force": True, **settings})  # type: ignore[arg-type] # wrong on purpose
    assert logging.root.handlers == before
    assert not structlog.is_configured()


def test_wrong_settings_are_refused_whatever_is_configured() -> None:
    with pytest.raises(ValueError, match="there is no level 'loud'"):
        configure(level="loud")


def test_a_program_without_stderr_can_be_configured() -> None:
    assert (
        wrote("""
there, sys.stderr = sys.stderr, None
assert configure()
structlog.get_logger("app").info("lost")
sys.stderr = there
""")
        == ""
    )


def test_a_sink_loads_no_structlog() -> None:
    assert (
        "structlog"
        not in subprocess.run(
            [
                sys.executable,
                "-c",
                "import concurra_logging, sys; concurra_logging.JsonSink(); print(list(sys.modules))",
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout
    )
