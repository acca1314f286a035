"""The template that starts while its run is planned: taken once, or gone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import concurra
import pytest
from concurra_core.backends.headstart import HeadStart
from concurra_core.graph.plan import Plan, make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.worker import WorkerOptions
from platforms import needs_proc
from process_tree import children
from runners import quiet

pytestmark = needs_proc


@pytest.fixture
def new_children() -> Callable[[], set[int]]:
    """Return what tells the children that came since."""
    before = set(children(os.getpid()))
    return lambda: set(children(os.getpid())) - before


def ring(runner: concurra.TaskRunner) -> None:
    runner.add_task(int, label="a", depends_on=["b"])
    runner.add_task(int, label="b", depends_on=["a"])


def unknown(runner: concurra.TaskRunner) -> None:
    runner.add_task(int, label="a", depends_on=["nobody"])


@pytest.mark.parametrize("broken", [ring, unknown])
def test_a_runner_whose_graph_is_broken_leaves_no_process(
    broken: Callable[[concurra.TaskRunner], None], new_children: Callable[[], set[int]]
) -> None:
    runner = quiet(use_multiprocessing=True)
    broken(runner)
    with pytest.raises(ValueError, match=r"depend|cycle|wait"):
        runner.run(verify=False)
    assert new_children() == set()


def test_a_workflow_that_can_never_run_leaves_no_process(new_children: Callable[[], set[int]]) -> None:
    flow = concurra.Workflow()
    flow.add(int, uses={"db": 2})
    with pytest.raises(ValueError, match="db"):
        flow.run(on="process", limits={"db": 1})
    assert new_children() == set()


def test_the_template_starts_before_the_plan_is_made(
    monkeypatch: pytest.MonkeyPatch, new_children: Callable[[], set[int]]
) -> None:
    seen: set[int] = set()

    def made(registry: Registry) -> Plan:
        seen.update(new_children())
        return make_plan(registry)

    monkeypatch.setattr("concurra_core.runner.task_runner.make_plan", made)
    runner = quiet(use_multiprocessing=True)
    runner.add_task(os.getppid, label="x")
    assert {runner.run(verify=False)["x"]["result"]} == seen  # and it is the one that the worker comes from


async def nothing() -> None: ...


def with_threads() -> concurra.Workflow:
    flow = concurra.Workflow()
    flow.add(int, on="thread", label="first")
    return flow


def with_others() -> concurra.Workflow:
    flow = concurra.Workflow()
    flow.add(nothing)
    flow.command(["true"])
    return flow


def with_a_part() -> concurra.Workflow:
    flow = with_threads()
    flow.add(int, on="process", label="second")
    return flow.select("first")


def with_one() -> concurra.Workflow:
    flow = concurra.Workflow()
    flow.add(int)
    return flow


def with_a_map() -> concurra.Workflow:
    flow = with_threads()
    flow.map(int, flow.add(list, on="thread"))
    return flow


@pytest.mark.parametrize(
    ("make", "needed"),
    [(with_threads, 0), (with_others, 0), (with_a_part, 0), (with_one, 1), (with_a_map, 1)],
)
def test_only_runs_with_worker_processes_have_one(
    make: Callable[[], concurra.Workflow], needed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[HeadStart] = []
    enter = HeadStart.__enter__

    def entered(start: HeadStart) -> HeadStart:
        begun.append(start)
        return enter(start)

    monkeypatch.setattr(HeadStart, "__enter__", entered)
    make().run(on="process")
    runner = quiet(use_multiprocessing=True)
    runner.run(verify=False)  # an empty one
    assert len(begun) == needed


def test_what_nobody_takes_is_ended(new_children: Callable[[], set[int]]) -> None:
    with HeadStart(concurra.WorkerOptions()):
        (pid,) = new_children()
    assert not Path(f"/proc/{pid}").exists()


def test_what_was_taken_is_the_takers(new_children: Callable[[], set[int]]) -> None:
    with HeadStart(concurra.WorkerOptions()) as start:
        spawned = start.take()
        assert spawned is not None
    assert new_children() == {spawned[0]}
    os.close(spawned[1])  # it reads the end of file, and goes
    assert os.waitpid(spawned[0], 0)[0] == spawned[0]


def test_workers_that_are_forked_have_none(new_children: Callable[[], set[int]]) -> None:
    with HeadStart(concurra.WorkerOptions(start_method="fork")) as start:
        assert start.take() is None
        assert new_children() == set()


def test_a_system_without_room_is_told_of_by_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "posix_spawn", full)
    runner = quiet(use_multiprocessing=True)
    runner.add_task(int, label="x")
    result = runner.run(verify=False)["x"]
    assert result["status"] == "Failed"
    assert "no worker process can be started" in result["error"]


def test_an_environment_that_another_thread_changes_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[Exception] = [KeyError("GONE"), RuntimeError("dictionary changed size")]

    class Changing(dict[str, str]):
        def __getitem__(self, key: str) -> str:
            if errors:
                raise errors.pop()
            return super().__getitem__(key)

        def __iter__(self) -> Any:
            return super().__iter__()

    monkeypatch.setattr("concurra_core.backends.headstart.os", SimpleNamespace(environ=Changing({"A": "1"})))
    assert HeadStart(WorkerOptions()).environ == {"A": "1"}
    assert errors == []
