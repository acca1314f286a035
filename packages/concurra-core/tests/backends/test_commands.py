from __future__ import annotations

import os
import signal
import sys
from collections.abc import Hashable
from pathlib import Path

import pytest
from concurra_core import TaskState, Workflow
from concurra_core.backends import child, ending
from concurra_core.backends.worker.family import relatives
from concurra_core.runner.task_runner import TaskRunner
from platforms import needs_posix, needs_proc

pytestmark = needs_posix


def runner(**options: object) -> TaskRunner:
    return TaskRunner(progress_stats=False, **options)  # type: ignore[arg-type] # options of the runner


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return b"Z" not in Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2][:3]


def test_the_result_tells_what_came_of_it(tmp_path: Path) -> None:
    flow = runner()
    flow.add_command(
        ["sh", "-c", "pwd; echo $WHO; echo oops >&2"], label="x", cwd=tmp_path, env={"WHO": "me"}
    )
    result = flow.run(verify=False)["x"]
    assert list(result["result"]) == ["command", "shell", "returncode", "stdout", "stderr", "cwd"]
    assert result["result"] == {
        "command": ["sh", "-c", "pwd; echo $WHO; echo oops >&2"],
        "shell": False,
        "returncode": 0,
        "stdout": f"{tmp_path}\nme\n",
        "stderr": "oops\n",
        "cwd": str(tmp_path),
    }


def test_a_status_other_than_zero_fails_and_keeps_the_output() -> None:
    flow = runner()
    flow.add_shell_command("echo out; echo err >&2; exit 7", label="x")
    result = flow.run(verify=False)["x"]
    assert result["status"] == "Failed"
    assert "return code 7" in result["error"]
    assert (result["result"]["returncode"], result["result"]["stdout"]) == (7, "out\n")


def test_output_that_is_not_kept_goes_where_the_run_says(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flow = Workflow()
    for label in "ab":
        flow.shell(f"echo {label}; echo {label}2 >&2", label=label, capture_output=False)
    kept = flow.shell("echo c", label="c")
    given: list[int] = []

    def output(label: Hashable) -> int:
        given.append(os.open(tmp_path / str(label), os.O_WRONLY | os.O_CREAT))
        return given[-1]

    report = flow.run(output=output)
    assert report.succeeded
    assert report[kept].value["stdout"] == "c\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "a").read_text() == "a\na2\n"
    assert capfd.readouterr() == ("", "")
    for descriptor in given:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def test_an_output_that_raises_fails_the_command_alone() -> None:
    def output(label: Hashable) -> int:
        raise OSError(f"no place for {label}")

    flow = Workflow()
    told = flow.shell("echo a", label="a", capture_output=False)
    other = flow.shell("echo b", label="b")
    report = flow.run(output=output)
    assert "no place for a" in str(report[told].error)
    assert report[other].status is TaskState.SUCCEEDED
    with pytest.raises(TypeError, match="output must be callable with a label, not 'here'"):
        flow.run(output="here")  # type: ignore[arg-type] # wrong on purpose


def test_a_status_may_be_left_unchecked_and_output_left_alone(capfd: pytest.CaptureFixture[str]) -> None:
    flow = runner()
    flow.add_shell_command("echo seen; exit 7", label="x", check=False, capture_output=False)
    result = flow.run(verify=False)["x"]["result"]
    assert (result["returncode"], result["stdout"], result["stderr"]) == (7, None, None)
    assert capfd.readouterr().out == "seen\n"


def test_bytes_stay_bytes_on_request() -> None:
    flow = runner()
    flow.add_command(["printf", "\\377"], label="x", text=False)
    assert flow.run(verify=False)["x"]["result"]["stdout"] == b"\xff"


def test_a_program_that_is_not_there_is_a_failure_of_its_own() -> None:
    flow = runner()
    flow.add_command(["no-such-program-here"], label="x")
    flow.add_command(["true"], label="y")
    results = flow.run(verify=False)
    assert results["x"]["error"].startswith("FileNotFoundError: ")
    assert results["y"]["status"] == "Successful"


def test_input_is_empty() -> None:
    flow = runner()
    flow.add_command(["cat"], label="x")
    assert flow.run(verify=False)["x"]["result"]["stdout"] == ""


def test_much_output_on_both_pipes_is_kept_whole() -> None:
    flow = runner()
    flow.add_shell_command("head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero >&2", label="x")
    result = flow.run(verify=False)["x"]["result"]
    assert (len(result["stdout"]), len(result["stderr"])) == (3_000_000, 3_000_000)


def test_death_by_a_signal_is_named() -> None:
    flow = runner()
    flow.add_shell_command("kill -SEGV $$", label="x")
    assert "return code -11 (SIGSEGV)" in flow.run(verify=False)["x"]["error"]


HANGING_FAMILY = """
import os, signal, subprocess, sys
{before}
kids = [subprocess.Popen(["sleep", "60"], start_new_session=own) for own in (False, True)]
with open(sys.argv[1], "w") as pipe:
    pipe.write(" ".join(str(pid) for pid in (os.getpid(), *(kid.pid for kid in kids))))
signal.pause()
"""


def hanging_family(flow: TaskRunner, folder: Path, before: str = "") -> Path:
    pipe = folder / "pids"
    os.mkfifo(pipe)
    flow.add_command([sys.executable, "-c", HANGING_FAMILY.format(before=before), str(pipe)], label="x")
    return pipe


@needs_proc
def test_an_abort_ends_the_whole_family_also_what_left_the_session(tmp_path: Path) -> None:
    flow = runner()
    pipe = hanging_family(flow, tmp_path)
    flow.execute_in_background()
    pids = [int(word) for word in pipe.read_text().split()]
    assert len(pids) == 3
    assert all(map(alive, pids))
    flow.abort()
    assert not any(map(alive, pids))


@needs_proc
def test_what_ignores_the_request_is_ended_after_its_grace(tmp_path: Path) -> None:
    flow = runner()
    pipe = hanging_family(flow, tmp_path, before="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    flow.execute_in_background()
    pids = [int(word) for word in pipe.read_text().split()]
    result = flow.abort()["x"]
    assert not any(map(alive, pids))
    assert result["result"]["returncode"] == -signal.SIGKILL
    assert result["duration_seconds"] >= 1.0


def test_a_time_limit_keeps_what_was_written(tmp_path: Path) -> None:
    flow = runner(timeout=0.3)
    flow.add_shell_command("echo early; sleep 60 | cat", label="x")
    result = flow.run(verify=False)["x"]
    assert result["status"] == "Terminated"
    assert result["result"]["stdout"] == "early\n"


def test_a_command_that_cleans_up_has_its_grace(tmp_path: Path) -> None:
    flow = runner()
    pipe = tmp_path / "on"
    os.mkfifo(pipe)
    flow.add_shell_command(
        f"trap 'echo bye; exit 0' TERM; echo on > {pipe}; while :; do sleep 0.01; done", label="x"
    )
    flow.execute_in_background()
    assert pipe.read_text() == "on\n"
    assert flow.abort()["x"]["result"]["stdout"].endswith("bye\n")


@needs_proc
def test_where_there_is_no_pidfd_a_thread_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(child, "pidfd", lambda pid: None)
    flow = runner()
    flow.add_command(["echo", "fine"], label="x")
    assert flow.run(verify=False)["x"]["result"]["stdout"] == "fine\n"
    flow = runner()
    pipe = hanging_family(flow, tmp_path)
    flow.execute_in_background()
    pids = [int(word) for word in pipe.read_text().split()]
    flow.abort()
    assert not alive(pids[0])


def test_what_cannot_be_watched_is_ended_and_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("no descriptor left")

    monkeypatch.setattr(child.Child, "_await_exit", broken)
    flow = runner()
    flow.add_shell_command("exec sleep 60", label="x")
    flow.add_task(lambda: 1, label="y")
    results = flow.run(verify=False)
    assert results["x"]["error"] == "OSError: no descriptor left"
    assert results["y"]["status"] == "Successful"


def test_a_process_that_somebody_else_reaped_has_ended() -> None:
    flow = runner()
    for number in range(20):
        flow.add_command(["true"], label=number)
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        results = flow.run(verify=False)
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert {result["status"] for result in results.values()} == {"Failed"}  # who knows how they ended?


def test_what_does_not_even_obey_sigkill_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending.Ending, "_signal", lambda self, number: None)
    monkeypatch.setattr(ending, "_LAST_WAIT", 0.1)
    flow = runner(timeout=0.1)
    flow.add_shell_command("exec sleep 3", label="x")
    result = flow.run(verify=False)["x"]
    assert result["status"] == "Terminated"


@needs_proc
def test_no_descriptor_is_left_behind() -> None:
    def once() -> None:
        flow = runner(max_concurrency=4)
        for _ in range(4):
            flow.add_command(["true"])
        flow.run(verify=False)

    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    once()
    before = descriptors()
    for _ in range(10):
        once()
    # The supervisor of the last run may be on its way out, with the four descriptors it works with.
    assert descriptors() <= before + 4


def test_one_has_no_relatives_of_a_process_that_is_not_there() -> None:
    assert relatives(2**22 + 1) == []


def test_commands_and_callables_share_one_graph_and_one_budget() -> None:
    flow = runner(max_concurrency=1)
    order: list[str] = []
    first = flow.add_task(lambda: order.append("a"), label="a")
    flow.add_command(["true"], label="b", depends_on=[first])
    flow.add_task(lambda: order.append("c"), label="c", depends_on=["b"])
    results = flow.run(verify=False)
    assert order == ["a", "c"]
    assert [result["execution_mode"] for result in results.values()] == ["thread", "subprocess", "thread"]


def test_a_status_that_nobody_can_tell_is_no_success() -> None:
    runner = TaskRunner(progress_stats=False)
    runner.add_command(["sh", "-c", "exit 3"], label="x")
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        result = runner.run(verify=False)["x"]
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert result["status"] == "Failed"
    assert str(result["error"]).startswith("ChildProcessError: the exit status of the command was lost")
