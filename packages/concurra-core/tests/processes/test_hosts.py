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
from programs import LIMIT, run

pytestmark = needs_processes

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

LONG_NUMBER = """
import concurra
runner = concurra.TaskRunner(1, use_multiprocessing=True, progress_stats=False)
runner.add_task(lambda: len(str(10**5000)), label="digits")
print(runner.run()["digits"]["result"])
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


def test_a_file_without_main_guard(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(SCRIPT)
    assert run("program.py", cwd=tmp_path) == "all well\n"


def test_standard_input() -> None:
    assert run("-", stdin=SCRIPT) == "all well\n"


def test_the_command_line() -> None:
    assert run("-c", SCRIPT) == "all well\n"


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


def test_a_worker_writes_numbers_as_long_as_the_program_does() -> None:
    assert run("-X", "int_max_str_digits=0", "-c", LONG_NUMBER) == "5001\n"


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
