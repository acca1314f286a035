"""What is done with the built packages in a fresh environment: programs that use them as somebody would who has nothing else."""

from __future__ import annotations

from typing import Final, NamedTuple


class Trial(NamedTuple):
    """A fresh environment.

    Args:
        name: what it is called.
        packages: what is installed there, each with its extras.
        kind: how the names of these files end: wheels or sdists.
        program: what runs there, in an empty folder.
    """

    name: str
    packages: tuple[tuple[str, str], ...]
    kind: str
    program: str


_START: Final = """
import importlib.util, json, pathlib, subprocess, sys
there = {name for name in ("concurra_core", "concurra_cli", "concurra_logging") if importlib.util.find_spec(name)}
bin = pathlib.Path(sys.executable).parent

def command(*words, status=0):
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == status, (words, done)
    return done

import concurra
assert sys.prefix in concurra.__file__, concurra.__file__
"""
_CORE: Final = """
assert there == {"concurra_core"}, there
assert not (bin / "concurra-cli").exists()
assert pathlib.Path(concurra.__file__).with_name("py.typed").exists()

def total(*numbers): return sum(numbers)

for processes in (False, True):
    runner = concurra.TaskRunner(use_multiprocessing=processes, progress_stats=False)
    a, b = (runner.add_task(total, number, label=number) for number in (1, 2))
    runner.add_task(total, a, b, label="total")
    assert runner.run(verify=False)["total"]["result"] == 3
flow = concurra.Workflow("alone")
first = flow.add(total, 1, label="first")
flow.command(["true"], label="command", after=[first])
assert [*flow.plan().critical_path] == ["first", "command"]
assert flow.run().succeeded
from concurra.core import TaskRunner
"""
_CLI: Final = """
assert there == {"concurra_core", "concurra_cli"}, there
assert importlib.util.find_spec("rich") is None
for name in ("concurra-cli", "concurra"):
    assert command(bin / name, "--version").stdout == f"concurra-cli {concurra.__version__}\\n"
assert command(bin / "concurra-cli", "init").stdout == "flow.py\\n"
labels = command(bin / "concurra-cli", "list", "flow.py").stdout.split()
told = json.loads(command(sys.executable, "-m", "concurra_cli", "run", "flow.py", "--json").stdout)
assert list(told["results"]) == labels and told["status"] == "succeeded"
command(bin / "concurra-cli", "run", "flow.py", "--log-json", "events", status=2)
assert "complete -F" in command(bin / "concurra-cli", "--print-completion", "bash").stdout
"""
_ALL: Final = """
assert there == {"concurra_core", "concurra_cli", "concurra_logging"}, there
import os, pty
command(bin / "concurra-cli", "init")
command(bin / "concurra-cli", "run", "flow.py", "--log-json", "events.jsonl", "--processes")
events = [json.loads(line)["event"] for line in pathlib.Path("events.jsonl").read_text().splitlines()]
assert events[0] == "run.started" and events[-1] == "run.ended", events
end, terminal = pty.openpty()
words = [bin / "concurra-cli", "run", "flow.py"]
process = subprocess.Popen(words, stdin=terminal, stdout=terminal, stderr=terminal, env={**os.environ, "TERM": "xterm"})
os.close(terminal)
seen = []
try:
    while data := os.read(end, 1 << 16):
        seen.append(data)
except OSError:  # how Linux tells the end
    pass
assert process.wait() == 0
assert b"\\x1b[?25l" in b"".join(seen), "there was no board"
"""

_CORE_ALONE: Final = (("concurra-core", ""),)
_TWO: Final = (*_CORE_ALONE, ("concurra-cli", ""))
_THREE: Final = (*_CORE_ALONE, ("concurra-cli", "[rich]"), ("concurra-logging", ""))

TRIALS: Final = (
    Trial("core-alone", _CORE_ALONE, ".whl", _START + _CORE),
    Trial("cli-without-rich", _TWO, ".whl", _START + _CLI),
    Trial("all", _THREE, ".whl", _START + _ALL),
    Trial("all-from-sdists", _THREE, ".tar.gz", _START + _ALL),
)
