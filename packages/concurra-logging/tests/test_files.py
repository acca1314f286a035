"""Files: appended to in whole lines, opened anew when rotated; a full disk or a closed pipe harms no task."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest
from concurra_core import Event, TaskRunner
from concurra_logging import JsonSink
from log_events import loaded
from made_events import ended, run_ended, run_started, started


def events_in(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    assert not text or text.endswith("\n")
    return [line["event"] for line in loaded(text)]


def is_open(path: Path) -> bool:
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the listing's own, closed by now
            if entry.readlink() == path:
                return True
    return False


def test_a_file_is_appended_to_and_closed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text('{"event":"before"}\n', encoding="utf-8")
    sink = JsonSink(path)
    for _ in range(2):
        runner = TaskRunner(progress_stats=False, sinks=[sink])
        runner.add_task(len, "abc")
        runner.run(verify=False)
        assert not is_open(path)
    run = ["run.started", "task.started", "task.ended", "run.progress", "run.ended"]
    assert events_in(path) == ["before", *run, *run]


def test_a_file_that_was_moved_away_is_opened_anew(tmp_path: Path) -> None:
    path, old = tmp_path / "run.jsonl", tmp_path / "run.jsonl.1"
    sink = JsonSink(str(path), progress=None)
    sink(run_started())
    path.rename(old)
    sink(started())
    path.unlink()
    sink(ended())
    sink(run_ended())
    assert events_in(old) == ["run.started"]
    assert events_in(path) == ["task.ended", "run.ended"]


def test_a_file_that_was_emptied_goes_on_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    sink = JsonSink(path, progress=None)
    sink(run_started())
    os.truncate(path, 0)
    sink(run_ended())
    assert events_in(path) == ["run.ended"]


def test_runs_and_programs_share_a_file_by_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    runners = [TaskRunner(name=name * 50, progress_stats=False, sinks=[JsonSink(path)]) for name in "abc"]
    for runner in runners:
        for _ in range(300):
            runner.add_task(int)
        runner.execute_in_background()
    for runner in runners:
        runner.get_background_results(verify=False)
    assert len(events_in(path)) == 3 * (300 * 2 + 3)


def test_a_line_that_another_program_is_about_to_write_is_not_taken_for_one_that_was_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"event": "half')
    read, rest = os.pread, [b' a line"}\n']

    def while_it_is_read(file: int, size: int, place: int) -> bytes:
        found = read(file, size, place)
        if rest:
            with path.open("ab") as other:
                other.write(rest.pop())
        return found

    monkeypatch.setattr(os, "pread", while_it_is_read)
    JsonSink(path)(run_started())
    assert events_in(path) == ["half a line", "run.started"]


def tear(sink: JsonSink, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the disk full within the line of *event*."""
    really = os.write
    left = [10]

    def write(file: int, data: memoryview) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part, left[0] = left[0], 0
        return really(file, data[:part])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        with pytest.raises(OSError, match="No space left"):
            sink(event)


def test_a_line_that_was_cut_short_is_ended_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.jsonl"
    sink = JsonSink(path, progress=None)
    sink(run_started())
    tear(sink, started(), monkeypatch)
    sink(run_ended())
    first, torn, last = path.read_text(encoding="utf-8").splitlines()
    assert torn == '{"timestam'
    assert [line["event"] for line in loaded(f"{first}\n{last}")] == ["run.started", "run.ended"]


def test_a_line_that_an_earlier_program_left_torn_is_ended_first(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text('{"event":"whole"}\n{"timestam', encoding="utf-8")
    sink = JsonSink(path, progress=None)
    sink(run_started())
    sink(run_ended())
    whole, torn, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert torn == '{"timestam\n'
    assert [line["event"] for line in loaded("".join([whole, *rest]))] == [
        "whole",
        "run.started",
        "run.ended",
    ]


@pytest.mark.parametrize("how", ["moved", "emptied"])
@pytest.mark.parametrize("between", [True, False], ids=["between runs", "within a run"])
def test_what_was_torn_is_forgotten_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, between: bool
) -> None:
    path = tmp_path / "run.jsonl"
    sink = JsonSink(path, progress=None)
    sink(run_started())
    tear(sink, run_ended() if between else started(), monkeypatch)
    if how == "moved":
        path.rename(tmp_path / "run.jsonl.1")
    else:
        os.truncate(path, 0)
    sink(ended())
    assert path.read_text(encoding="utf-8").startswith("{")


def test_a_torn_line_in_a_file_that_may_not_be_read_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.jsonl"
    sink = JsonSink(path, progress=None)
    sink(run_started())

    def refuse(self: Path, *args: object, **options: object) -> TextIO:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)
        tear(sink, run_ended(), monkeypatch)
        sink(ended())
    assert path.read_text(encoding="utf-8").splitlines()[1:2] == ['{"timestam']


def test_a_write_in_parts_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.jsonl"
    really = os.write
    monkeypatch.setattr(os, "write", lambda file, data: really(file, data[:7]))
    sink = JsonSink(path, progress=None)
    sink(run_started())
    sink(run_ended())
    assert events_in(path) == ["run.started", "run.ended"]


def full() -> str:
    return "/dev/full"


def closed_pipe() -> TextIO:
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "w", encoding="utf-8")


class Shut(io.StringIO):
    """A stream that is closed when it is written to first."""

    def write(self, text: str, /) -> int:
        self.close()
        return super().write(text)


@pytest.mark.parametrize(
    ("make", "word"), [(full, "OSError"), (closed_pipe, "BrokenPipeError"), (Shut, "ValueError")]
)
def test_what_cannot_be_written_is_reported_once_and_harms_no_task(
    make: Callable[[], str | TextIO], word: str, caplog: pytest.LogCaptureFixture
) -> None:
    target = make()
    runner = TaskRunner(max_concurrency=1, progress_stats=False, sinks=[JsonSink(target)])
    for number in range(2000):
        runner.add_task(abs, number)
    results = runner.run(verify=False)
    if not isinstance(target, str):
        with contextlib.suppress(BrokenPipeError):
            target.close()
    assert [result["result"] for result in results.values()] == list(range(2000))
    assert not is_open(Path("/dev/full"))
    (record,) = caplog.records
    assert f"raised {word}" in record.getMessage()
    assert record.getMessage().startswith("sink JsonSink(")


def test_a_slow_sink_slows_nothing_but_the_end() -> None:
    all_ran = threading.Event()

    class Slow(io.StringIO):
        def write(self, text: str, /) -> int:
            assert all_ran.wait(20)
            return super().write(text)

    stream = Slow()
    runner = TaskRunner(max_concurrency=1, progress_stats=False, sinks=[JsonSink(stream)])
    for number in range(1000):
        runner.add_task(abs, number)
    runner.add_task(all_ran.set)
    runner.run(verify=False)
    assert len(loaded(stream.getvalue())) == 2 * 1001 + 3


def test_a_path_that_leads_nowhere_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        JsonSink(tmp_path / "none" / "run.jsonl")
    assert caught.value.__notes__ == [
        f"JsonSink makes the file, not its folder: make {tmp_path / 'none'} first"
    ]
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        JsonSink(tmp_path)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # threads of other tests
def test_the_child_of_a_fork_writes_nothing_of_the_parents(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    sink = JsonSink(path, progress=None)
    sink.collect(run_started())
    pid = os.fork()
    if not pid:
        sink.flush(0.0)
        sink(ended())
        os._exit(0)
    os.waitpid(pid, 0)
    sink.collect(run_ended())
    assert events_in(path) == ["task.ended", "run.started", "run.ended"]
