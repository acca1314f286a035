"""Judge mutants by tests: a plugin of pytest that loads everything once and forks a process for each mutant.

First all tests are run with their lines traced, so that a mutant meets only the tests that come by its line, the
quickest first. Where the line is in a function, the child puts changed code into the living function. What acts when
a module is imported is imported anew, in a session of pytest inside the child. Linux only: it waits on pidfds.
"""

from __future__ import annotations

import gc
import os
import resource
import select
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType
from typing import Final, NoReturn

import coverage
import pytest
from _pytest.runner import (
    runtestprotocol,
)  # a test with its reports: no public name has that
from mutant_places import Mutant
from mutant_planting import FewExamples, import_anew, swap

_SLOW: Final = 5.0  # seconds of processor time; tests above that judge only what no other test comes by
_PATIENCE: Final = 3.0  # seconds of processor time a mutant has, on top of what its tests take without it
_ROOM: Final = 1 << 30  # bytes of memory a mutant may take on top
_WALL: Final = 120  # seconds that a mutant has however little it does: one that waits for ever
# Exit statuses of a child. Whatever else there is, a signal included, is the death of the mutant.
_SURVIVED, _KILLED = 0, 1
# In the order of files, nothing written, no limit but ours, and no tracebacks, which cost more than most tests.
OPTIONS: Final = ("-q", "-s", "--tb=line", "-p", "no:randomly", "-p", "no:cacheprovider", "-o", "timeout=0")


class Judge:
    """Run each of *mutants* against the tests of the session, and tell *done* of its fate.

    A fate is "killed", "timed out", "survived", or "uncovered": no test comes by.
    """

    def __init__(self, mutants: Sequence[Mutant], done: Callable[[Mutant, str, float], None]) -> None:
        self._mutants = mutants
        self._done = done
        self._by_line: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._by_file: dict[str, set[str]] = defaultdict(set)
        self._seconds: dict[str, float] = {}
        self._items: dict[str, pytest.Item] = {}
        self._living: dict[tuple[str, str], list[FunctionType]] = defaultdict(list)
        files = sorted({str(mutant.path) for mutant in mutants})
        self._tracer = coverage.Coverage(data_file=None, config_file=False, include=files)

    def pytest_configure(self) -> None:
        """Trace from before the modules are imported."""
        self._tracer.start()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests, then the mutants."""
        self._items = {item.nodeid: item for item in session.items}
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            self._tracer.switch_context(item.nodeid)
            began = time.process_time()
            if not _passes(item, following):
                pytest.exit(f"{item.nodeid} fails without any mutant", returncode=2)
            self._seconds[item.nodeid] = time.process_time() - began
        self._tracer.stop()
        self._read_lines()
        self._find_functions()
        gc.freeze()  # what is loaded is shared with all children
        for mutant in self._mutants:
            began = time.monotonic()
            fate = self._fate(mutant)
            self._done(mutant, fate, time.monotonic() - began)
        return True

    def _read_lines(self) -> None:
        data = self._tracer.get_data()
        for file in data.measured_files():
            for number, contexts in data.contexts_by_lineno(file).items():
                self._by_line[file, number].update(contexts)
                self._by_file[file].update(contexts)

    def _find_functions(self) -> None:
        """Look for the functions of the modules wherever they are: in classes, properties, registers."""
        files = {str(mutant.path) for mutant in self._mutants}
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename in files:
                self._living[thing.__code__.co_filename, thing.__code__.co_qualname].append(thing)

    def _tests_of(self, mutant: Mutant) -> list[str]:
        path = str(mutant.path)
        names = self._by_line[path, mutant.number] if mutant.home else self._by_file[path]
        quick = [name for name in names if name and self._seconds[name] < _SLOW]
        if not mutant.home:
            quick = quick or [name for name, seconds in self._seconds.items() if seconds < _SLOW]
        return sorted(quick or filter(None, names), key=self._seconds.__getitem__)

    def _fate(self, mutant: Mutant) -> str:
        names = self._tests_of(mutant)
        if not names:
            return "uncovered"
        limit = _PATIENCE + 2 * sum(map(self._seconds.__getitem__, names)) + (0 if mutant.home else 3)
        child = os.fork()
        if child == 0:
            self._be_judged(mutant, names, int(limit) + 1)
        fd = os.pidfd_open(child)
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        if not poll.poll(_WALL * 1000):
            os.kill(child, signal.SIGKILL)
        os.close(fd)
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            return "timed out" if os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL) else "killed"
        return "survived" if os.WEXITSTATUS(status) == _SURVIVED else "killed"

    def _be_judged(self, mutant: Mutant, names: Sequence[str], limit: int) -> NoReturn:
        """In the child: plant the mutant, run the tests, and leave with their verdict."""
        verdict = _KILLED
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
            size = (
                int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
            )
            resource.setrlimit(resource.RLIMIT_AS, (size + _ROOM, size + _ROOM))
            code = compile(mutant.planted(), str(mutant.path), "exec")
            if mutant.home and swap(code, mutant.home, self._living[str(mutant.path), mutant.home]):
                items = [self._items[name] for name in names]
                passed = all(map(_passes, items, [*items[1:], None]))
            else:
                import_anew(code, mutant.path)
                passed = (
                    pytest.main(["-x", "--assert=plain", *OPTIONS, *names], plugins=[FewExamples()])
                    == pytest.ExitCode.OK
                )
            verdict = _SURVIVED if passed else _KILLED
        finally:
            os._exit(verdict)


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))
