"""Where a program may come from: a file, a pipe, a word on the command line, an archive, a terminal, a notebook."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
import zipapp
from pathlib import Path

import pytest
from platforms import needs_processes

pytestmark = needs_processes

LIMIT = 30  # seconds

SCRIPT = """
import concurra
factor = 3
calls = []
def times(number):
    calls.append(number)
    return number * factor
class Point:
    made = 0
    def __init__(self, x):
        self.x = x
    def scaled(self):
        calls.append("scaled")
        return self.x * factor
    def __eq__(self, other):
        return isinstance(other, Point) and self.x == other.x
class Wrong(Exception):
    pass
def fails():
    raise Wrong("as meant")
def closure(extra):
    return lambda number: number + extra
runner = concurra.TaskRunner(2, use_multiprocessing=True, progress_stats=False)
four = runner.add_task(times, 4, label="function")
runner.add_task(lambda: factor + 1, label="lambda")
runner.add_task(closure(10), four, label="closure")
runner.add_task(Point, 5, label="class")
runner.add_task(Point(7).scaled, label="method")
runner.add_task(fails, label="fails")
results = runner.run(verify=False)
values = {label: result["result"] for label, result in results.items()}
assert [values[label] for label in ("function", "lambda", "closure", "method")] == [12, 4, 22, 21], results
point = values["class"]
assert isinstance(point, Point) and type(point) is Point and point == Point(5), results
assert results["fails"]["error"] == "Wrong: as meant", results
assert "in fails" in results["fails"]["trace"], results
print("all", "well", flush=True)
"""

# The class of a result is the class there is here: what its methods say of globals is about these.
DETACHED = """
factor = 100
assert Point(1).scaled() == 100 and point.scaled() == 500 and calls == ["scaled"] * 2, (point.scaled(), calls)
print("still", "attached")
"""

INITIALIZER = """
import concurra
connection = None
def connect():
    global connection
    connection = "open"
def use():
    return connection
worker = concurra.WorkerOptions(initializer=connect)
runner = concurra.TaskRunner(1, use_multiprocessing=True, progress_stats=False, worker=worker)
runner.add_task(use, label="use")
print(runner.run(verify=False)["use"]["result"])
"""

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


def run(*words: str, stdin: str = "", cwd: Path | None = None) -> str:
    """Return what a Python program says on stdout, and on stderr if it fails."""
    program = subprocess.run(
        [sys.executable, *words],
        input=stdin,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return program.stdout if not program.returncode else program.stderr


def test_a_file_without_main_guard(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(SCRIPT)
    assert run("program.py", cwd=tmp_path) == "all well\n"


def test_standard_input() -> None:
    assert run("-", stdin=SCRIPT) == "all well\n"


def test_the_command_line() -> None:
    assert run("-c", SCRIPT) == "all well\n"


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


def test_a_package_with_a_module_beside(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "beside.py").write_text("def nine():\n    return 9\n")
    more = "from package.beside import nine\ndef later():\n    from .beside import nine\n    return nine()\n"
    last = SCRIPT.replace(
        "results =", 'runner.add_task(nine, label="nine")\nrunner.add_task(later, label="later")\nresults ='
    )
    (package / "__main__.py").write_text(
        more + last + "assert values['nine'] == values['later'] == 9, results\n"
    )
    assert run("-m", "package", cwd=tmp_path) == "all well\n"


def test_an_archive_with_a_module_inside(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "inside.py").write_text("def nine():\n    return 9\n")
    last = SCRIPT.replace("results =", 'runner.add_task(nine, label="nine")\nresults =')
    (source / "__main__.py").write_text(
        f"from inside import nine\n{last}assert values['nine'] == 9, results\n"
    )
    zipapp.create_archive(source, tmp_path / "program.pyz")
    assert run("program.pyz", cwd=tmp_path) == "all well\n"


def test_methods_of_a_class_of_the_program_stay_what_they_were_when_an_instance_came_back() -> None:
    assert run("-c", SCRIPT + DETACHED) == "all well\nstill attached\n"


def test_what_an_initializer_of_the_program_sets_is_there_for_its_tasks() -> None:
    assert run("-c", INITIALIZER) == "open\n"


def read_until(fd: int, wanted: bytes) -> bytes:
    """Return what *fd* gives up to *wanted*, or to the end."""
    end = time.monotonic() + LIMIT
    said = b""
    while wanted not in said and select.select([fd], [], [], max(0.0, end - time.monotonic()))[0]:
        try:
            said += os.read(fd, 4096)
        except OSError:  # the other side has closed the terminal
            break
    return said


def test_a_terminal() -> None:
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "dumb", "PYTHONSTARTUP": "", "PYTHON_BASIC_REPL": "1"}
    repl = subprocess.Popen(
        [sys.executable, "-q"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environ,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        said = read_until(ours, b">>> ")
        for line in SCRIPT.strip().split("\n"):
            end = "" if line.startswith(" ") else "\n"  # of the block before
            os.write(ours, f"{end}{line}\n".encode())
        os.write(ours, b"\n")
        said += read_until(ours, b"all well")
        assert b"all well" in said, said.decode(errors="replace")
        os.write(ours, b"exit()\n")
        assert repl.wait(LIMIT) == 0
    finally:
        repl.kill()
        repl.wait()
        os.close(ours)


def test_a_notebook() -> None:
    pytest.importorskip("ipykernel")
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel()
    try:
        said: list[str] = []
        reply = client.execute_interactive(
            SCRIPT, timeout=LIMIT, output_hook=lambda message: said.append(message["content"].get("text", ""))
        )
        assert (reply["content"]["status"], "".join(said)) == ("ok", "all well\n")
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


def test_a_module_that_a_loader_named_after_its_folders_is_found_without_their_being_packages(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "some" / "where"
    folder.mkdir(parents=True)
    (folder / "odd.py").write_text("def task():\n    return __name__\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, types, importlib.util, concurra\n"
        f"file = {str(folder / 'odd.py')!r}\n"
        "name = 'some.where.odd'\n"
        "for parent in ('some', 'some.where'):\n"
        "    sys.modules[parent] = types.ModuleType(parent)\n"
        "spec = importlib.util.spec_from_file_location(name, file)\n"
        "module = sys.modules[name] = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "sys.path.pop(0)  # the folder of the script\n"
        "flow = concurra.Workflow()\n"
        "ref = flow.add(module.task, on='process')\n"
        "print(flow.run()[ref].value)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("some.where.odd\n", "")
