"""What the program defines has its name in a worker; and who would run the program anew to find it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from platforms import needs_processes
from programs import run

pytestmark = needs_processes

# What a process task starts finds functions and classes of the program by their names, as it would without us.
BY_NAME = """
import concurra, functools, multiprocessing, pickle, threading
from concurrent.futures import ProcessPoolExecutor
class Point:
    def __init__(self, x):
        self.x = x
    def __eq__(self, other):
        return isinstance(other, Point) and self.x == other.x
def double(number):
    double.calls = getattr(double, "calls", 0) + 1
    return Point(number * 2)
def in_a_pool():
    with multiprocessing.Pool(2) as pool:
        return pool.map(double, range(3))
def in_an_executor(function):
    with ProcessPoolExecutor(2) as executor:
        return list(executor.map(function, range(3)))
def there_and_back(point):
    return type(pickle.loads(pickle.dumps(point))) is type(point)
def traced(function):
    @functools.wraps(function)
    def inner(number):
        return ("traced", function(number))
    return inner
@traced
def down(number):
    return down(number - 1) if number else "zero"
def calls_of(function):
    function(1)
    return double.calls
def spawned():
    with multiprocessing.get_context("spawn").Pool(1) as pool:  # it does not run this program, which has no guard
        return pool.map(abs, [-1])
@functools.lru_cache(maxsize=None)
def kept(number):
    return number and kept(number - 1) + 1
lock = threading.Lock()
own = threading.local()
class Lazy:
    @functools.cached_property
    def seven(self):
        with lock:
            own.seven = 7
            return own.seven
def lazily():
    return Lazy().seven
def kept_within():
    before = kept.cache_info().currsize
    return kept(5), kept.cache_info().currsize - before
def scaled(factor):
    def by(number):
        return number * factor
    return by
scale = scaled(1)
def uses_late():
    try:
        return late
    except NameError:
        return "not yet"
def within():
    return run(in_a_pool)
def run(*tasks):
    worker = concurra.WorkerOptions(start_method=METHOD)
    runner = concurra.TaskRunner(1, use_multiprocessing=True, progress_stats=False, worker=worker)
    for task in tasks:
        runner.add_task(*(task if isinstance(task, tuple) else (task,)))
    return [result["result"] or result["error"] for result in runner.run(verify=False).values()]
results = run(in_a_pool, (in_an_executor, double), (there_and_back, Point(1)), (down, 1), (calls_of, double),
              (calls_of, double), within, spawned, (kept, 4), kept_within, lazily)
points = [Point(0), Point(2), Point(4)]
assert results == [points, points, True, ("traced", ("traced", "zero")), 1, 2, [points], [1], 4, (5, 1), 7], results
def rebind():
    global scale, late
    scale, late = scaled(10), 5
    return scale
flow = concurra.Workflow()
before = [flow.add(scale, 1, on="process"), flow.add(uses_late, on="process")]
other = flow.add(rebind, after=before)
after = [flow.add(lambda: uses_late(), on="process", after=[other]), flow.add(lambda call: call(1), other, on="process")]
report = flow.run(max_concurrency=1, worker=concurra.WorkerOptions(start_method=METHOD))
assert [report[task].value for task in before + after] == [1, "not yet", 5, 10], report
print("all", "well", flush=True)
"""

ANEW = """
import concurra, multiprocessing
def nothing():
    return None
def main():
    runner = concurra.TaskRunner(1, use_multiprocessing=True, progress_stats=False)
    runner.add_task(nothing)
    try:
        runner.run(verify=False)
    except concurra.LifecycleError as error:
        print("refused:", error, flush=True)
        raise SystemExit
main()
process = multiprocessing.get_context("METHOD").Process(target=nothing)
process.start()
process.join()
print("over")
"""


@pytest.mark.parametrize("method", ["template", "fork"])
@pytest.mark.parametrize("host", ["file", "module", "command line"])
def test_pools_of_a_task_find_what_the_program_defines(method: str, host: str, tmp_path: Path) -> None:
    script = BY_NAME.replace("METHOD", repr(method))
    (tmp_path / "program.py").write_text(script)
    words = {"file": ["program.py"], "module": ["-m", "program"], "command line": ["-c", script]}[host]
    assert run(*words, cwd=tmp_path) == "all well\n"


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_program_that_multiprocessing_runs_anew_gets_no_worker_processes(
    method: str, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(ANEW.replace("METHOD", method))
    first, *rest = run("program.py", cwd=tmp_path).splitlines()
    assert first.startswith("refused: no worker processes here: multiprocessing is starting this process")
    assert "__name__" in first
    assert rest == ["over"]


RUNS_WHEN_IMPORTED = """
import concurra
def one():
    return 1
runner = concurra.TaskRunner(1, use_multiprocessing=True, progress_stats=False)
runner.add_task(one, label="one")
print(runner.run(verify=False)["one"]["error"], flush=True)
"""


def test_a_module_that_starts_a_run_of_its_own_tasks_when_it_is_imported_is_told(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(RUNS_WHEN_IMPORTED)
    told = run("-c", "import flow", cwd=tmp_path)
    assert "LifecycleError: the process task <function one" in told
    assert "is of a module that is still being imported, by this very thread" in told
    assert 'flow.py", line 7' in told


def test_a_worker_that_imports_such_a_module_starts_no_run(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(RUNS_WHEN_IMPORTED)
    told = run("-c", "import runpy; runpy.run_path('flow.py', run_name='flow')", cwd=tmp_path)
    assert "LifecycleError: no worker processes here: a worker imports the module of its next task" in told
