"""What a `Workflow` tells of itself before it is run: problems, plan, graph, and parts of it."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Self

from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.checks import count, demands, limit, words
from concurra_core.model.errors import SelectionError
from concurra_core.model.options import Lane, TaskOptions
from concurra_core.model.retry import Retry
from concurra_core.model.settings import Defaults, On, Settings, checked_lane, checked_retry
from concurra_core.reporting.wording import shown

if TYPE_CHECKING:
    from concurra_core.graph.analysis import nx
    from concurra_core.graph.picture import Picture
    from concurra_core.reporting.forecast import WorkflowPlan
    from concurra_core.reporting.listing import PlannedTask
    from concurra_core.runner.validation import Problem


class Preview:
    """Part of `Workflow`: looking at it. Nothing here runs a task."""

    name: str
    _registry: Registry
    _settings: dict[tuple[object, ...], Settings]
    _options: dict[tuple[Settings, Lane], TaskOptions]
    _said: dict[int, tuple[Settings, Lane]]
    _names: dict[str, int]

    def validate(
        self,
        *,
        max_concurrency: int | None = None,
        limits: Mapping[str, int] | None = None,
        on: On | None = None,
    ) -> list[Problem]:
        """Return everything that is wrong with the workflow, all at once; an empty list if nothing is.

        Found are labels in ``after`` that nobody has added, every group of tasks that wait for one another,
        functions that cannot be called with what they are given, refs that are hidden in containers, and what cannot be
        sent to a worker process though it has to be. What tasks use is compared with what is said here of the run.
        Functions and arguments of process tasks are pickled to find out.

        Args:
            max_concurrency: of the run; tasks that take more cpus are told. None: not looked at.
            limits: of the run; tasks that use more, or what there is none of, are told. None: not looked at.
            on: where tasks run that say nothing themselves.

        Raises:
            TypeError: a setting is of the wrong type.
            ValueError: a setting is out of its range.

        >>> from concurra_core import Workflow
        >>> flow = Workflow()
        >>> raw = flow.add(pow, 2, label="raw")
        >>> rows = flow.add(len, raw, label="rows", after=["rwa"], uses={"db": 3})
        >>> for problem in flow.validate(limits={"db": 2}):
        ...     print(problem)
        unknown dependency 'rwa' of 'rows'; did you mean 'raw'? known labels: 'raw', 'rows'
        task 'rows' uses 3 of 'db', but there is only 2; say limits={'db': 3}, or use less
        task 'raw': pow(base, exp, mod) cannot be called with what it is given: missing a required argument: 'exp'
        """
        from concurra_core.runner.validation import problems_of  # pickling, for those who ask

        return problems_of(
            self._registry,
            self._made_under(Defaults(lane=None if on is None else checked_lane(on))),
            slots=None if max_concurrency is None else count("max_concurrency", max_concurrency, least=1),
            limits=None if limits is None else dict(demands("limits", limits)),
        )

    def tasks(
        self, *, timeout: float | None = None, retry: Retry | None = None, on: On | None = None
    ) -> list[PlannedTask]:
        """Return what is known of each task, in the order of adding. A broken graph can be looked at too.

        Args:
            timeout: of the run, for tasks that say nothing themselves.
            retry: as *timeout*.
            on: as *timeout*.

        Raises:
            TypeError: a setting is of the wrong type.
            ValueError: a setting is out of its range.

        >>> from concurra_core import Workflow
        >>> flow = Workflow()
        >>> raw = flow.add(bytes, label="raw", timeout=2)
        >>> size = flow.add(len, raw, label="size", tags=["nightly"])
        >>> [(task.label, task.after, task.timeout) for task in flow.tasks(timeout=60)]
        [('raw', (), 2.0), ('size', ('raw',), 60.0)]
        """
        from concurra_core.reporting.listing import planned

        defaults = Defaults(
            timeout=limit("timeout", timeout),
            retry=None if retry is None else checked_retry(retry),
            lane=None if on is None else checked_lane(on),
        )
        with self._registry.lock:
            return list(planned(self._picture()[0], self._made_under(defaults)))

    def map_of(self, label: Hashable) -> Hashable:
        """Return the label of the map that the task with *label* is an item of, None if it is an item of none.

        A map over a result makes its items in a run: reports and events have tasks then that the workflow has not.

        Raises:
            TypeError: *label* is not hashable.

        >>> from concurra_core import Workflow
        >>> flow = Workflow()
        >>> sizes = flow.map(len, flow.add(list, label="words"), label=("size", 1))
        >>> flow.map_of("('size', 1)[0]"), flow.map_of("words")
        (('size', 1), None)
        """
        registry = self._registry
        with registry.lock:
            index = registry.map_of(label)
            return None if index is None else registry.tasks[index].label

    def plan(self) -> WorkflowPlan:
        """Return what a run will look like: waves, order of start, widest point, critical path.

        Raises:
            UnknownDependencyError: labels in ``after`` that nobody has added.
            CycleError: tasks wait for one another.

        >>> from concurra_core import Workflow
        >>> flow = Workflow(name="etl")
        >>> users = flow.add(list, label="users", expected_seconds=3)
        >>> sales = flow.add(list, label="sales", expected_seconds=5)
        >>> merge = flow.add(zip, users, sales, label="merge")
        >>> print(flow.plan())
        etl: 3 tasks in 2 waves, widest 2, 9 s of work
        critical path, 6 s: sales -> merge
        <BLANKLINE>
        wave  tasks  seconds  labels
           1      2        5  users, sales
           2      1        1  merge
        """
        from concurra_core.graph.analysis import figures, sum_of  # networkx, for those who ask
        from concurra_core.reporting.forecast import WorkflowPlan

        with self._registry.lock:
            made = make_plan(self._registry, spreads=self._registry.spreads)
            tasks = self._registry.tasks[:]
        seconds = [task.options.expected_seconds for task in tasks]
        found = figures(made, seconds)

        def labels(indexes: Sequence[int]) -> tuple[Hashable, ...]:
            return tuple(tasks[index].label for index in indexes)

        return WorkflowPlan(
            name=self.name,
            waves=tuple(map(labels, found.waves)),
            wave_seconds=tuple(max(seconds[index] for index in wave) for wave in found.waves),
            order=labels(found.order),
            critical_path=labels(found.path),
            critical_seconds=sum_of(seconds, found.path),
            total_seconds=sum_of(seconds, range(len(seconds))),
        )

    def graph(self) -> nx.DiGraph[Hashable]:
        """Return the graph as networkx has it, for analyses of one's own. Labels are the nodes.

        A node has ``index`` (its place in the order of adding), ``on``, ``expected_seconds``, ``priority``, ``cpus``,
        ``uses``, ``tags``, ``timeout`` (seconds), ``allow_failure``, and ``kind``: "task"; "map", which stands for one
        task an item of a result; "join", which brings results together; or "unknown", a label that nobody has added,
        of which nothing else is known. An edge leads from a task to one that waits for it. Its ``kind`` is "value"
        (needs success and takes the result), "settled" (needs only that it has ended) or "order" (needs success);
        ``passes`` tells whether something of the task is an argument. A broken graph can be looked at too.

        >>> from concurra_core import Workflow
        >>> flow = Workflow()
        >>> raw = flow.add(bytes, label="raw")
        >>> size = flow.add(len, raw, label="size", tags=["nightly"])
        >>> graph = flow.graph()
        >>> graph.nodes["size"]["tags"], graph.edges["raw", "size"]["kind"]
        (('nightly',), 'value')
        """
        from concurra_core.graph.analysis import digraph  # networkx, for those who ask

        return digraph(self._picture()[0], self.name)

    def mermaid(self) -> str:
        """Return the graph as a flowchart for Mermaid, which many renderers of Markdown draw.

        Results flow along solid arrows; a dashed one is order alone, or says that the task need only have settled.

        >>> from concurra_core import Workflow
        >>> flow = Workflow()
        >>> size = flow.add(len, flow.add(bytes, label="raw"), label="size")
        >>> print(flow.mermaid(), end="")
        flowchart LR
            n0["raw"]
            n1["size"]
            n0 --> n1
        """
        from concurra_core.graph.exports import mermaid

        return mermaid(*self._picture())

    def dot(self) -> str:
        """Return the graph in the language of Graphviz, for ``dot -Tsvg``. Lines are as in `mermaid`."""
        from concurra_core.graph.exports import dot

        return dot(*self._picture(), self.name)

    def text(self) -> str:
        """Return the graph for a terminal: a line for each task, after all that it waits for.

        >>> from concurra_core import Workflow
        >>> flow = Workflow()
        >>> raw = flow.add(bytes, label="raw")
        >>> size = flow.add(len, raw, label="size")
        >>> bye = flow.add(print, raw.outcome(), label="bye", after=[size])
        >>> print(flow.text(), end="")
        raw
        size  takes raw
        bye   takes raw (settled); after size
        """
        from concurra_core.graph.exports import text

        return text(*self._picture())

    def select(self, *patterns: str, exclude: Iterable[str] = ()) -> Self:
        """Return a workflow of the tasks that *patterns* match, without those that *exclude* matches.

        A pattern is a label; a glob such as ``fetch*``; or ``tag:nightly``, where the tag may be a glob too. With a
        plus in front, all that its tasks depend on comes with them; with a plus at the end, all that depends on them.
        Labels that are no str go by their text. A label that is the whole pattern comes before any other meaning. With
        a map over a known list come its items. Without a pattern, everything is selected.

        The tasks are copies: they keep labels, options, order and what they take from one another, and a task that
        came after another still does, also where those between them are left out. The report of a run has them by
        label, not by the refs of this workflow.

        Raises:
            TypeError: a pattern is no str, or *exclude* a single str.
            SelectionError: a pattern of either kind matches nothing, nothing is left, or tasks need results of tasks
                that are not selected.

        >>> from concurra_core import Workflow
        >>> flow = Workflow()
        >>> raw = flow.add(bytes, 3, label="raw")
        >>> size = flow.add(len, raw, label="size")
        >>> text = flow.add(repr, raw, label="text")
        >>> [*flow.select("+size").run()]
        ['raw', 'size']
        >>> [*flow.select("raw+", exclude=["text"]).run()]
        ['raw', 'size']
        """
        from concurra_core.graph.excerpt import excerpt
        from concurra_core.graph.selection import Selection, cut_off

        wanted, unwanted = words("patterns", patterns), words("exclude", exclude)
        with self._registry.lock:
            picture, texts = self._picture()
            chosen = Selection(picture, texts, self._registry.joins).indexes(wanted, unwanted)
            cut = cut_off(picture, chosen)
            if cut:
                raise SelectionError(cut=cut, known=tuple(self._registry.labels()))
            part = copy.copy(self)
            vars(part).update(
                _registry=excerpt(self._registry, picture, chosen),
                # What is remembered of options holds for both; each adds to its own from here on.
                _settings={**self._settings},
                _options={**self._options},
                _said={**self._said},
                _names={**self._names},
            )
        return part

    def _made_under(self, defaults: Defaults) -> dict[int, TaskOptions]:
        """Return the options that hold under *defaults*, by the id of those that tasks have."""
        return {key: settings.options(defaults, lane) for key, (settings, lane) in [*self._said.items()]}

    def _picture(self) -> tuple[Picture, list[str]]:
        """Return the graph, and the labels of its nodes as texts."""
        from concurra_core.graph.picture import picture_of

        picture = picture_of(self._registry)
        labels = (node.label for node in picture.nodes)
        return picture, [label if isinstance(label, str) else shown(label) for label in labels]
