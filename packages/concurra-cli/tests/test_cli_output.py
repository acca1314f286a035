"""What tasks write: kept apart by the task, shown as it comes, or not at all, and never lost."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from command_line import COMMAND, surroundings

Cli = Callable[..., CompletedProcess[str]]


@contextmanager
def started(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start the command; with it comes the descriptor that its talk is read from."""
    reading, writing = os.pipe()
    with subprocess.Popen(
        [*COMMAND, *words],
        cwd=folder,
        env=surroundings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=writing,
        start_new_session=True,
    ) as process:
        os.close(writing)
        try:
            yield process, reading
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            os.close(reading)


def test_a_forked_child_prints_though_the_fork_came_while_somebody_else_did(etl: Path) -> None:
    (etl / "forks.py").write_text(
        "import os, warnings, concurra\n"
        "warnings.simplefilter('ignore')  # of forks among threads\n"
        "def talk():\n"
        "    print('x' * (1 << 20))\n"
        "def fork():\n"
        "    open('go').close()\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        print('from the child', flush=True)\n"
        "        os._exit(0)\n"
        "    open('forked', 'w').close()\n"
        "    os.waitpid(child, 0)\n"
        "flow = concurra.Workflow('forks')\n"
        "flow.add(talk)\n"
        "flow.add(fork)\n"
    )
    for name in ("go", "forked"):
        os.mkfifo(etl / name)
    with started(etl, "run", "forks", "-j", "2", "-qq") as (process, talk):
        assert (
            os.read(talk, 1) == b"x"
        )  # more follows than a pipe takes: its writer stays in the middle of it
        (etl / "go").open("w").close()
        (etl / "forked").open().close()
        said = b"".join(iter(lambda: os.read(talk, 1 << 20), b""))
        assert process.wait() == 0
    assert b"from the child\n" in said


def test_what_a_forked_child_prints_comes_as_it_is_printed(cli: Cli, etl: Path) -> None:
    (etl / "forks.py").write_text(
        "import os, warnings, concurra\n"
        "warnings.simplefilter('ignore')  # of forks among threads\n"
        "def fork():\n"
        "    print('before')\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        print('from the child', flush=True)\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "flow = concurra.Workflow('forks')\n"
        "flow.add(fork)\n"
    )
    said = cli("run", "forks", "--output", "group", "-q").stderr
    assert said == "from the child\n--- fork\nbefore\n"
    assert cli("run", "forks", "--output", "none", "-q").stderr == ""


NESTED = """\
import concurra

def say(text, end="\\n"):
    print(text, end=end)

def nest():
    inner = concurra.Workflow("inner")
    inner.add(say, "inner words", label="nest")
    inner.add(say, "inner start", "", label="open")
    inner.run(max_concurrency=1)
    print("outer words")

flow = concurra.Workflow("outer")
flow.add(nest, label="nest")
"""


def test_what_the_tasks_of_a_run_within_a_task_print_is_not_lost(cli: Cli, etl: Path) -> None:
    (etl / "nested.py").write_text(NESTED)
    group = cli("run", "nested", "--output", "group", "-q").stderr
    assert group == "inner words\n--- nest\nouter words\ninner start\n"
    failed = cli("run", "nested", "--output", "failed", "-q").stderr
    assert failed.split() == ["inner", "words", "inner", "start"]
    stream = cli("run", "nested", "--output", "stream", "-q").stderr
    assert stream == "inner words\nouter words\ninner start\n"
    assert cli("run", "nested", "--output", "none", "-q").stderr == ""


@pytest.mark.parametrize("start", ["template", "fork"])
def test_a_run_within_a_task_in_a_worker_writes_for_that_task(cli: Cli, etl: Path, start: str) -> None:
    (etl / "deep.py").write_text(
        "import concurra, sys, warnings\n"
        "warnings.simplefilter('ignore')  # of forks among threads\n"
        "def say(text):\n"
        "    print(text, file=sys.stderr, flush=True)\n"
        "def nest():\n"
        "    print('outer words')\n"
        "    inner = concurra.Workflow('inner')\n"
        "    inner.add(say, 'inner words', label='inner')\n"
        "    inner.run()\n"
        "    raise ValueError\n"
        f"flow = concurra.TaskRunner(use_multiprocessing=True, worker=concurra.WorkerOptions(start_method='{start}'))\n"
        "flow.add_task(nest, label='nest')\n"
        "flow.add_task(say, 'inner', label='inner', depends_on=['nest'])\n"
    )
    for mode in ("group", "failed"):
        said = cli("run", "deep:flow", "--output", mode, "-qq").stderr
        assert said == "--- nest\nouter words\ninner words\n", said


@pytest.mark.parametrize("mode", ["stream", "group", "failed"])
def test_what_a_task_prints_after_its_time_is_not_lost(cli: Cli, etl: Path, mode: str) -> None:
    (etl / "late.py").write_text(
        "import concurra\n"
        "def late():\n"
        "    open('go').close()\n"
        "    print('late words')\n"
        "    print('late start', end='')\n"
        "    open('said', 'w').close()\n"
        "def wait(ended):\n"
        "    open('go', 'w').close()\n"
        "    open('said').close()\n"
        "flow = concurra.Workflow('late')\n"
        "flow.add(wait, flow.add(late, timeout=0.05, allow_failure=True).outcome())\n"
    )
    for name in ("go", "said"):
        os.mkfifo(etl / name)
    done = cli("run", "late", "--output", mode, "-qq")
    assert done.returncode == 0
    assert "late words\n" in done.stderr
    assert "late start" in done.stderr


def test_the_streams_are_what_a_program_knows_them_as(cli: Cli, etl: Path) -> None:
    (etl / "streams.py").write_text(
        "import concurra, sys\n"
        "def look():\n"
        "    for stream in (sys.stdout, sys.stderr):\n"
        "        stream.reconfigure(line_buffering=True)\n"
        "        print(stream.name, stream.mode, stream.line_buffering, type(stream.write_through), stream.errors)\n"
        "        print(stream.encoding, stream.fileno(), stream.isatty(), stream.closed, stream.newlines)\n"
        "look()\n"
        "flow = concurra.Workflow('streams')\n"
        "flow.add(look)\n"
    )
    alone = subprocess.run(
        [*COMMAND[:3], "streams.py"],
        cwd=etl,
        env=surroundings(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    done = cli("run", "streams", "-qq")
    assert (done.stderr, done.returncode) == (alone * 2, 0)


def test_what_held_the_streams_at_import_is_told_apart_too(cli: Cli, etl: Path) -> None:
    (etl / "logs.py").write_text(
        "import concurra, io, logging, sys\n"
        "logging.basicConfig(format='%(message)s', level=logging.INFO)\n"
        "own = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8', line_buffering=True)\n"
        "sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding='utf-8', line_buffering=True)\n"
        "def say(name):\n"
        "    logging.info('%s logged', name)\n"
        "    sys.stderr.buffer.write(f'{name} bytes \\u00e9\\n'.encode()[:-2])\n"
        "    sys.stderr.buffer.write(memoryview(f'{name} bytes \\u00e9\\n'.encode()[-2:]))\n"
        "    print(name, 'own', file=own)\n"
        "    print(name, 'printed')\n"
        "def fail(name):\n"
        "    say(name)\n"
        "    raise ValueError\n"
        "flow = concurra.Workflow('logs')\n"
        "flow.add(say, 'good', label='good')\n"
        "flow.add(fail, 'bad', label='bad', after=['good'])\n"
        "flow.add(say, 'late', label='late', after=['bad'])\n"
    )

    def told(mode: str) -> list[str]:
        lines = cli("run", "logs", "--output", mode, "-qq").stderr.splitlines()
        return [line for line in lines if line.split()[0] in {"---", "good", "bad"}]

    good, bad = (
        [f"--- {name}", f"{name} logged", f"{name} bytes é", f"{name} own", f"{name} printed"]
        for name in ("good", "bad")
    )
    assert told("group") == [*good, *bad]
    assert told("failed") == bad
    assert told("none") == []
    assert told("stream") == [*good[1:], *bad[1:]]


def test_none_is_none(cli: Cli, etl: Path) -> None:
    (etl / "loud.py").write_text(
        "import concurra, logging, os, subprocess, sys, threading\n"
        "logging.basicConfig()\n"
        "def say():\n"
        "    os.system('echo of a shell')\n"
        "    subprocess.run(['echo', 'of a program'])\n"
        "    sys.stdout.buffer.write(b'of a buffer\\n')\n"
        "    sys.stderr.buffer.write(b'of a buffer\\n')\n"
        "    os.write(1, b'of a descriptor\\n')\n"
        "    logging.error('of a logger')\n"
        "    thread = threading.Thread(target=print, args=('of a thread',))\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "flow = concurra.Workflow('loud')\n"
        "flow.add(say)\n"
        "flow.shell('echo of a command', capture_output=False)\n"
    )
    done = cli("run", "loud", "--output", "none", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("+---")
