from __future__ import annotations

import functools

import concurra
import pytest


def quiet(**options: object) -> concurra.TaskRunner:
    return concurra.TaskRunner(progress_stats=False, **options)  # type: ignore[arg-type] # options of the runner


def run(runner: concurra.TaskRunner) -> dict[object, dict[str, object]]:
    return runner.run(verify=False)


def echo(*args: object, **kwargs: object) -> tuple[tuple[object, ...], dict[str, object]]:
    return args, kwargs


def test_arguments_reach_the_task() -> None:
    runner = quiet()
    runner.add_task(echo, 1, 2, label="a", x=3)
    assert run(runner)["a"]["result"] == ((1, 2), {"x": 3})


def test_len_is_the_number_of_tasks() -> None:
    runner = quiet()
    assert len(runner) == 0
    runner.add_task(echo)
    assert len(runner) == 1


def test_a_ref_is_its_tasks_result_and_a_dependency() -> None:
    runner = quiet(max_concurrency=4)
    first = runner.add_task(lambda: 20, label="first")
    second = runner.add_task(lambda: 1, label="second")
    total = runner.add_task(lambda a, b, c: a + b + c, first, second, first, label="total")
    assert (first.label, repr(total)) == ("first", "Ref('total')")
    assert run(runner)["total"]["result"] == 41


def test_a_ref_of_a_failed_task_skips_the_one_that_needs_it() -> None:
    runner = quiet()
    broken = runner.add_task(lambda: 1 / 0, label="broken")
    runner.add_task(echo, broken, label="behind")
    assert "dependency 'broken' did not succeed" in str(run(runner)["behind"]["error"])


def test_refs_inside_containers_are_left_alone() -> None:
    runner = quiet()
    ref = runner.add_task(lambda: 1)
    runner.add_task(lambda items: items[0] is ref, [ref], label="x")
    assert run(runner)["x"]["result"] is True


def test_add_func_takes_its_label_as_key_and_leaves_every_other_name() -> None:
    runner = quiet()
    runner.add_func(echo, 1, key="k", label="mine", depends_on="also", task_retries=9)
    assert run(runner)["k"]["result"] == ((1,), {"label": "mine", "depends_on": "also", "task_retries": 9})


def test_add_function_takes_containers() -> None:
    runner = quiet()
    runner.add_function(echo, [1, 2], {"key": 3}, key="a", log_exception=False)
    runner.add_function(echo, key="b", depends_on=["a"], task_retries=2)
    results = run(runner)
    assert results["a"]["result"] == ((1, 2), {"key": 3})
    assert results["b"]["task_retries"] == 2


@pytest.mark.parametrize(
    ("args", "kwargs", "words"),
    [
        ("ab", None, "args must be an iterable"),
        (3, None, "args must be"),
        (None, [1], "kwargs must be a mapping"),
    ],
)
def test_add_function_names_what_is_wrong(args: object, kwargs: object, words: str) -> None:
    with pytest.raises(TypeError, match=f"add_function: {words}"):
        quiet().add_function(echo, args, kwargs)  # type: ignore[arg-type] # the point of the test


def test_add_work_takes_one_to_four_parts() -> None:
    runner = quiet()
    refs = runner.add_work([(echo,), (echo, [1]), (echo, (), {"label": 2}), (echo, (3,), {}, "d")])
    assert [ref.label for ref in refs] == [0, 1, 2, "d"]
    assert [result["result"] for result in run(runner).values()] == [
        ((), {}),
        ((1,), {}),
        ((), {"label": 2}),
        ((3,), {}),
    ]


@pytest.mark.parametrize(
    ("item", "kind", "words"),
    [
        (echo, TypeError, "must be a tuple"),
        ((), ValueError, "must have 1 to 4 parts"),
        ((echo, (), {}, "a", 5), ValueError, "must have 1 to 4 parts"),
        ((3,), TypeError, "task must be callable"),
        ((echo, 3), TypeError, "args must be an iterable"),
        ((echo, "ab"), TypeError, "args must be an iterable"),
        ((echo, (), [1]), TypeError, "kwargs must be a mapping"),
        ((echo, (), {1: 2}), TypeError, "kwargs must have str keys"),
        ((echo, (), {}, []), TypeError, "label must be hashable"),
        ((echo, (), {}, "first"), ValueError, "is taken"),
    ],
)
def test_add_work_names_the_index_and_adds_nothing(item: object, kind: type[Exception], words: str) -> None:
    runner = quiet()
    with pytest.raises(kind, match=rf"work\[1\]:? .*{words}"):
        runner.add_work([(echo, (), {}, "first"), item])  # type: ignore[list-item] # the point of the test
    assert len(runner) == 0


@pytest.mark.parametrize("wrong", ["ab", 3, None])
def test_add_work_takes_an_iterable(wrong: object) -> None:
    with pytest.raises(TypeError, match="work must be an iterable of tuples"):
        quiet().add_work(wrong)  # type: ignore[arg-type] # the point of the test


@pytest.mark.parametrize(
    ("wrong", "kind"), [(True, TypeError), (1.5, TypeError), ("1", TypeError), (-1, ValueError)]
)
def test_retries_are_checked_at_the_door(wrong: object, kind: type[Exception]) -> None:
    runner = quiet()
    for adding in (
        lambda: quiet(task_retries=wrong),
        lambda: runner.add_task(echo, task_retries=wrong),  # type: ignore[arg-type] # the point of the test
        lambda: runner.add_command(["true"], task_retries=wrong),  # type: ignore[arg-type] # the point of the test
    ):
        with pytest.raises(kind, match="task_retries must be"):
            adding()
    assert len(runner) == 0


def test_names_are_sensible() -> None:
    class Callable:
        def __call__(self) -> None:
            pass

    runner = quiet()
    runner.add_task(functools.partial(functools.partial(echo, 1), 2), label="partial")
    runner.add_task(lambda: None, label="lambda")
    runner.add_task(Callable(), label="object")
    runner.add_task(int, label="class")
    runner.add_task([].copy, label="method")
    runner.add_command(["echo", "a b"], label="command")
    names = {label: result["task_name"] for label, result in run(runner).items()}
    assert names == {
        "partial": "echo",
        "lambda": "<lambda>",
        "object": "Callable",
        "class": "int",
        "method": "copy",
        "command": "echo 'a b'",
    }


def test_commands_are_checked_at_the_door() -> None:
    runner = quiet()
    with pytest.raises(TypeError, match="use add_shell_command"):
        runner.add_command("ls -l")
    with pytest.raises(TypeError, match="use add_command"):
        runner.add_shell_command(["ls"])  # type: ignore[arg-type] # the point of the test
    with pytest.raises(TypeError, match="env must"):
        runner.add_command(["ls"], env={"A": 1})  # type: ignore[dict-item] # the point of the test
    with pytest.raises(TypeError, match="cwd must"):
        runner.add_shell_command("ls", cwd=3)  # type: ignore[arg-type] # the point of the test
    assert len(runner) == 0


@pytest.mark.parametrize("name", ["self", "f", "task", "label", "depends_on", "task_retries"])
def test_an_argument_of_the_task_may_have_any_name(name: str) -> None:
    runner = quiet()
    runner.add_func(echo, key="func", **{name: 1})
    if name == "self":
        runner.add_task(echo, label="task", **{name: 1})  # type: ignore[arg-type] # of echo
    results = run(runner)
    assert {label: result["result"] for label, result in results.items()} == dict.fromkeys(
        results, ((), {name: 1})
    )
