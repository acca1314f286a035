"""Faults of the interpreter's state: its end, forks and threads of the program, tracers, collectors, other worlds."""

from __future__ import annotations

import builtins
import faulthandler
import gc
import importlib
import logging
import multiprocessing
import os
import runpy
import sys
import threading
import time
import traceback
import types
from pathlib import Path
from typing import Any, NoReturn

import concurra
from faults.cases import ALL, BOTH, PROCESS, THREAD, Kind, add, fault, said, told
from faults.plain import square, wait


def small(kind: Kind, **settings: Any) -> dict[str, str]:
    """Run one task of every kind that there is, and one that fails."""
    flow = concurra.Workflow()
    add(flow, kind, square, 3, label="good")
    add(flow, kind, int, "x", label="bad")
    flow.command(["true"], label="command")
    return said(flow.run(**settings))


FINE = {"good": "succeeded 9", "bad": "failed ValueError: invalid literal", "command": "succeeded "}


def in_child(kind: Kind) -> None:
    sys.exit(small(kind).keys() != FINE.keys())


@fault({"fork": "0", "spawn": "0"}, BOTH)
def a_run_in_a_process_of_multiprocessing(kind: Kind) -> object:
    found = {}
    for method in ("fork", "spawn"):
        context: Any = multiprocessing.get_context(method)
        process = context.Process(target=in_child, args=(kind,))
        process.start()
        process.join()
        found[method] = process.exitcode
    return found


REFUSED = "LifecycleError: a run cannot be started or awaited in a subinterpreter"
WITHIN = """
try:
    import concurra
    runner = concurra.TaskRunner({settings})
    runner.add_task(len, "abc")
    found = runner.run(verify=False)[0]
    said = found["status"] + " " + str(found["error"] or found["result"])
except BaseException as error:
    said = type(error).__name__ + ": " + str(error)
import os
os.write({pipe}, said.encode())
"""


@fault({"sub": REFUSED}, BOTH)
def a_run_in_a_subinterpreter(kind: Kind) -> object:
    name = "_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters"
    interpreters: Any = importlib.import_module(name)
    reader, writer = os.pipe()
    made = interpreters.create()
    code = WITHIN.format(
        settings=f"2, use_multiprocessing={kind == 'process'}, progress_stats=False", pipe=writer
    )
    interpreters.run_string(made, code)
    os.close(writer)
    words = os.read(reader, 1000).decode()
    interpreters.destroy(made)
    return {"sub": words}


@fault(FINE, ALL)
def no_collector(kind: Kind) -> object:
    gc.disable()
    gc.freeze()
    return small(kind)


@fault(FINE, BOTH)
def a_collector_at_every_step(kind: Kind) -> object:
    gc.set_threshold(1, 1, 1)
    gc.callbacks.append(lambda phase, info: None)
    return small(kind)


@fault(FINE, BOTH, hears=[""])
def a_collector_whose_callback_raises(kind: Kind) -> object:
    def fail(phase: str, info: dict[str, int]) -> NoReturn:
        raise ValueError("in a collection")

    gc.callbacks.append(fail)
    gc.set_threshold(50)
    try:
        return small(kind)
    finally:
        gc.callbacks.remove(fail)


@fault(FINE | {"traced": "yes"}, BOTH)
def a_tracer_everywhere(kind: Kind) -> object:
    seen: list[str] = []

    def trace(frame: types.FrameType, event: str, argument: object) -> Any:
        seen.append(event)
        return trace

    threading.settrace(trace)
    sys.settrace(trace)
    try:
        found = small(kind)
    finally:
        sys.settrace(None)
        threading.settrace(None)
    return found | {"traced": "yes" if seen else "no"}


@fault(FINE, BOTH)
def a_profiler_everywhere(kind: Kind) -> object:
    threading.setprofile(lambda *_: None)
    sys.setprofile(lambda *_: None)
    try:
        return small(kind)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@fault(FINE | {"dump": "succeeded None"}, BOTH)
def a_fault_handler_that_dumps(kind: Kind) -> object:
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.enable(nowhere)
        faulthandler.dump_traceback_later(
            30, file=nowhere
        )  # one that struck in the midst could crash 3.13 itself
        try:
            flow = concurra.Workflow()
            flow.add(faulthandler.dump_traceback, nowhere, label="dump")
            return small(kind) | said(flow.run())
        finally:
            faulthandler.cancel_dump_traceback_later()
            faulthandler.disable()


@fault(FINE, BOTH, flags=["-X", "dev"])
def the_developers_mode(kind: Kind) -> object:
    return small(kind)


@fault(FINE, BOTH, flags=["-OO"])
def no_assertions_and_no_docstrings(kind: Kind) -> object:
    return small(kind)


@fault(FINE, BOTH, flags=["-b", "-b", "-X", "utf8=1"])
def bytes_are_no_text(kind: Kind) -> object:
    return small(kind)


@fault(FINE, BOTH)
def somebody_replaced_what_is_built_in(kind: Kind) -> object:
    def fail(*_: object, **__: object) -> NoReturn:
        raise ValueError("nobody is to call this")

    builtins.print = fail
    builtins.input = fail
    time.sleep = fail
    traceback.print_exc = fail
    return small(kind)


@fault(FINE, BOTH, hears=[""])
def hooks_that_raise(kind: Kind) -> object:
    def fail(*_: object) -> NoReturn:
        raise ValueError("a hook")

    sys.excepthook = threading.excepthook = sys.unraisablehook = fail
    return small(kind)


@fault(FINE, PROCESS)
def a_main_module_that_is_odd(kind: Kind) -> object:
    odd = types.ModuleType("__main__")
    odd.__file__ = odd.__spec__ = None
    sys.modules["__main__"] = odd
    sys.argv = [1, None]  # type: ignore[list-item] # on purpose
    sys.path.insert(0, Path("/no/such/folder"))  # type: ignore[arg-type] # as above
    return small(kind)


@fault(FINE, PROCESS)
def modules_that_are_odd(kind: Kind) -> object:
    class Lazy(types.ModuleType):
        """One that does not like to be asked."""

        def __getattr__(self, name: str) -> NoReturn:
            raise RuntimeError(f"not yet: {name}")

    sys.modules["lazy.one"] = Lazy("lazy.one")
    sys.modules["nothing"] = None  # type: ignore[assignment] # as an import that is to fail
    sys.modules["number"] = 7  # type: ignore[assignment] # some do
    logging.root.manager.loggerDict["odd"] = 7  # type: ignore[assignment] # as above
    return small(kind)


@fault({"main": "ran"}, PROCESS)
def a_program_that_is_run_as_a_module(kind: Kind) -> object:
    script = Path(os.environ["TMPDIR"], "script.py")
    script.write_text(
        "import concurra\ndef seven(): return 7\nrunner = concurra.TaskRunner(1, use_multiprocessing=True)\n"
        "runner.add_task(seven, label='x')\nassert runner.run()['x']['result'] == 7\n"
    )
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        script.unlink()
    return {"main": "ran"}


@fault(FINE, THREAD)
def the_threads_of_the_program_do_not_end(kind: Kind) -> object:
    found = small(kind)
    threading.Thread(target=wait, daemon=True).start()
    return found


@fault({"0": "Successful 0", "again": "LifecycleError"}, BOTH)
def a_runner_is_copied_into_a_fork(kind: Kind) -> object:
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", progress_stats=False)
    runner.add_task(square, 0)
    found = told(runner.run(verify=False))
    child = os.fork()
    if not child:
        try:
            runner.run()
        except concurra.LifecycleError:
            os._exit(0)
        os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return found | {"again": "LifecycleError" if not status else "ran"}
