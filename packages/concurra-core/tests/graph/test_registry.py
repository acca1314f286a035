from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction

import pytest
from concurra_core.graph.fan import gather, map_items, map_result
from concurra_core.graph.registry import Registry
from concurra_core.model.errors import CycleError, DefinitionError, DuplicateLabelError, LifecycleError
from concurra_core.model.options import DEFAULT_TASK
from concurra_core.model.ref import Ref


def add(registry: Registry, *args: object, label: object = None, depends_on: object = None) -> Ref[object]:
    return registry.add(print, args, {}, DEFAULT_TASK, label, depends_on)  # type: ignore[arg-type] # also wrong ones


def test_labels_default_to_the_number_of_tasks_before() -> None:
    registry = Registry()
    assert [add(registry).label, add(registry, label="x").label, add(registry).label] == [0, "x", 2]


def test_a_taken_number_is_passed_over() -> None:
    registry = Registry()
    add(registry, label=1)
    add(registry, label=3)
    assert [add(registry).label, add(registry).label] == [2, 4]


def test_a_number_that_is_the_first_label_is_passed_over() -> None:
    registry = Registry()
    add(registry, label=1)
    assert [add(registry).label, add(registry).label] == [2, 3]


def test_a_number_is_found_whenever_it_is_looked_up() -> None:
    registry = Registry()
    first, second = add(registry), add(registry)
    assert registry.tasks[add(registry, depends_on=[1]).index].needs == (1,)
    assert registry.tasks[add(registry, first, depends_on=[second, 0]).index].needs == (0, 1)
    add(registry)
    assert [registry.index_of(number) for number in range(6)] == [0, 1, 2, 3, 4, None]
    assert registry.labels() == [0, 1, 2, 3, 4]
    assert registry.has(4)


@pytest.mark.parametrize("label", [1, True, 1.0, Fraction(1)])
def test_a_number_is_taken_and_found_by_all_that_is_equal_to_it(label: object) -> None:
    registry = Registry()
    for _ in range(2):
        add(registry)
    with pytest.raises(DuplicateLabelError):
        add(registry, label=label)
    assert registry.tasks[add(registry, depends_on=[label, 0]).index].needs == (1, 0)
    assert [add(registry, label=3).label, add(registry).label] == [3, 4]


@pytest.mark.parametrize("label", [-1, -2, 2, 2**61 - 1, 2**61, 0.5, "0", None.__class__])
def test_what_is_equal_to_no_number_is_no_task(label: object) -> None:
    registry = Registry()
    for _ in range(2):
        add(registry)
    assert not registry.has(label)
    assert add(registry, label=label).label == label
    assert registry.index_of(label) == 2


def test_a_number_of_its_own_comes_first_or_last() -> None:
    registry = Registry()
    add(registry, label=0)
    with pytest.raises(DuplicateLabelError, match="0 is taken"):
        add(registry, label=0)
    assert [add(registry).label, add(registry, label="x").label, registry.index_of("x")] == [1, "x", 2]


def test_a_repeated_label_is_refused_and_changes_nothing() -> None:
    registry = Registry()
    add(registry, label="a")
    with pytest.raises(DuplicateLabelError, match="'a' is taken"):
        add(registry, label="a")
    with pytest.raises(CycleError):
        map_items(registry, abs, [1, 2], "n", DEFAULT_TASK, ["n[0]"])
    assert len(registry.tasks) == 1
    assert add(registry).label == 1


@pytest.mark.parametrize("wrong", ["a", b"a", 3, None.__class__])
def test_dependencies_are_an_iterable_of_labels(wrong: object) -> None:
    registry = Registry()
    with pytest.raises(TypeError, match="depends_on must be an iterable of labels"):
        add(registry, depends_on=wrong)
    assert not registry.tasks


def test_a_bare_string_is_answered_with_the_list_to_write() -> None:
    with pytest.raises(TypeError, match=r"write depends_on=\['fetch'\]"):
        add(Registry(), depends_on="fetch")


def test_a_bare_ref_is_answered_with_the_list_to_write() -> None:
    registry = Registry()
    with pytest.raises(TypeError, match=r"write depends_on=\[Ref\(0\)\]"):
        add(registry, depends_on=add(registry))


def test_unhashable_labels_are_refused_by_name() -> None:
    registry = Registry()
    with pytest.raises(TypeError, match="label must be hashable, not \\[\\]"):
        add(registry, label=[])
    with pytest.raises(TypeError, match="depends_on holds \\{\\}"):
        add(registry, depends_on=["a", {}])
    assert not registry.tasks


def test_a_task_is_callable() -> None:
    with pytest.raises(TypeError, match="task must be callable, not 3"):
        Registry().add(3, (), None, DEFAULT_TASK)  # type: ignore[arg-type] # the point of the test


def test_a_task_cannot_depend_on_itself() -> None:
    registry = Registry()
    for label in ("a", None):
        with pytest.raises(CycleError, match=r"circular dependency: (a -> a|0 -> 0)") as caught:
            add(registry, label=label, depends_on=["a" if label else 0])
        assert caught.value.__context__ is None  # how it was found is nothing to the user
    assert not registry.tasks
    assert not registry.forward


def test_dependencies_are_each_counted_once() -> None:
    registry = Registry()
    first, second = add(registry, label="a"), add(registry, label="b")
    third = add(registry, first, second, first, depends_on=["b", "a", second])
    assert registry.tasks[third.index].needs == (0, 1)
    assert registry.tasks[third.index].wires() == [(0, 0), (1, 1), (2, 0)]
    fourth = add(registry, depends_on=["b", "a", "b"])
    assert registry.tasks[fourth.index].needs == (1, 0)


def test_a_ref_of_another_runner_is_refused() -> None:
    foreign = add(Registry(), label="a")
    registry = Registry()
    with pytest.raises(DefinitionError, match="belongs to another runner"):
        add(registry, foreign)
    with pytest.raises(DefinitionError, match="belongs to another runner"):
        add(registry, depends_on=[foreign])
    assert not registry.tasks


def test_nothing_is_added_after_the_seal() -> None:
    registry = Registry()
    registry.seal()
    with pytest.raises(LifecycleError, match="after the start"):
        add(registry)
    registry.seal(sealed=False)
    add(registry)
    with pytest.raises(CycleError):
        map_items(registry, abs, [1, 2], "n", DEFAULT_TASK, ["n[0]"])
    assert len(registry.tasks) == 1


@pytest.mark.parametrize(
    ("labels", "place"), [(["b", "a"], 1), (["b", "b"], 1), ([None, 1], 1), ([None, None, 2], 2)]
)
def test_of_many_all_or_none_are_added(labels: list[object], place: int) -> None:
    registry = Registry()
    add(registry, label="a")
    items = [(print, (), None, label) for label in labels]
    with pytest.raises(DuplicateLabelError, match=rf"work\[{place}\]: label"):
        registry.add_all(items, lambda _: DEFAULT_TASK)
    with pytest.raises(CycleError):
        map_items(registry, abs, [1, 2], "n", DEFAULT_TASK, ["n[0]"])
    assert len(registry.tasks) == 1


def test_a_foreign_ref_among_many_is_refused_by_its_place() -> None:
    foreign = add(Registry())
    registry = Registry()
    with pytest.raises(DefinitionError, match=r"given to work\[1\], belongs"):
        registry.add_all([(print, (), None, None), (print, (1, foreign), None, None)], lambda _: DEFAULT_TASK)
    assert not registry.tasks


def test_many_are_added_in_order() -> None:
    registry = Registry()
    first = add(registry, label=1)
    refs = registry.add_all(
        [(print, (first,), None, None), (print, (), {"x": 1}, "b")], lambda _: DEFAULT_TASK
    )
    assert [ref.label for ref in refs] == [2, "b"]
    assert registry.tasks[1].needs == (0,)


def test_what_a_generator_of_labels_raises_is_its_own() -> None:
    def labels() -> Iterator[str]:
        yield "a"
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        add(Registry(), depends_on=labels())


def test_threads_may_add_at_once() -> None:
    registry = Registry()
    start = threading.Barrier(4)

    def many() -> None:
        start.wait()
        for _ in range(500):
            add(registry)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [task.index for task in registry.tasks] == list(range(2000))
    assert {task.label for task in registry.tasks} == set(range(2000))


def test_whether_there_is_a_label_can_be_asked_of_what_can_be_one() -> None:
    registry = Registry()
    add(registry, label="a")
    assert registry.has("a")
    assert not registry.has("b")
    with pytest.raises(TypeError, match=r"label must be hashable, not \['a'\]"):
        registry.has(["a"])  # type: ignore[arg-type] # wrong on purpose


def test_a_map_none_of_whose_labels_may_be_taken_adds_nothing() -> None:
    registry = Registry()
    add(registry, label="m[1]")
    with pytest.raises(DuplicateLabelError, match=r"m\[1\]"):
        map_items(registry, abs, [1, 2], "m", DEFAULT_TASK, None)
    with pytest.raises(CycleError):
        map_items(registry, abs, [1, 2], "n", DEFAULT_TASK, ["n[0]"])
    assert len(registry.tasks) == 1


def test_arguments_by_name_are_kept_and_none_are_none() -> None:
    registry = Registry()
    registry.add(print, (), {"end": ""}, DEFAULT_TASK)
    add(registry)
    assert [task.kwargs for task in registry.tasks] == [{"end": ""}, None]


def test_the_number_that_many_will_give_is_taken_among_them() -> None:
    registry = Registry()
    add(registry, label=1)
    with pytest.raises(DuplicateLabelError, match=r"work\[1\]: label 2 is taken"):
        registry.add_all([(print, (), None, None), (print, (), None, 2)], lambda _: DEFAULT_TASK)
    assert len(registry.tasks) == 1
    refs = registry.add_all([(print, (), None, None), (print, (), None, 0)], lambda _: DEFAULT_TASK)
    assert [ref.label for ref in refs] == [2, 0]


def test_what_is_known_is_looked_up_at_once() -> None:
    registry = Registry()
    first = add(registry, label="a")
    add(registry, label="b")
    add(registry, first, depends_on=["b"])
    add(registry, depends_on=["a", "a"])
    assert [task.needs for task in registry.tasks] == [(), (), (0, 1), (0,)]
    assert registry.forward == {}


def test_the_map_of_an_item_is_known_before_and_after_the_item_is() -> None:
    registry = Registry()
    source = add(registry, label="source")
    map_items(registry, abs, [1, 2], "known", DEFAULT_TASK, None)
    gather(registry, [], "none")
    map_result(registry, abs, source, "later", DEFAULT_TASK, None)
    names = ["known[1]", "later[7]", "known", "source", "known[2]", "later[x]", "later[7", "other[1]", 7]
    assert [registry.map_of(name) for name in names] == [3, 5, None, None, None, None, None, None, None]
    with pytest.raises(TypeError, match="label must be hashable"):
        registry.map_of([])  # type: ignore[arg-type] # wrong on purpose


def test_the_ref_of_a_task_is_no_label() -> None:
    registry = Registry()
    ref = add(registry, label="a")
    with pytest.raises(
        TypeError, match=r"label must not be the ref of a task, Ref\('a'\); use a str or an int"
    ):
        add(registry, label=ref)
    assert [task.label for task in registry.tasks] == ["a"]
    assert add(registry, label=("b", 1)).label == ("b", 1)
