"""One run of a target, from its name to its exit status."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from concurra_core import DefinitionError, LifecycleError, results_table

from concurra_cli.errors import TargetError, UserCodeError
from concurra_cli.runner import load
from concurra_cli.show import failures_text, json_text, tell
from concurra_cli.status import Status
from concurra_cli.stdout import DataOut
from concurra_cli.trace import trace_of


def run_target(target: str, *, as_json: bool) -> Status:
    """Run the tasks of *target* and show what became of them.

    Raises:
        KeyboardInterrupt: Ctrl-C; tasks that ran were stopped.
    """
    stdout = DataOut()  # before any code of the user's
    try:
        results = load(target).run(verify=False)
    except UserCodeError as error:
        return _code_failed(error)
    except TargetError as error:
        return _refuse(Status.UNUSABLE, error)
    except LifecycleError:
        why = f"{target} has been started by its own code; leave the start to concurra-cli"
        return _refuse(Status.UNUSABLE, why)
    except DefinitionError as error:
        return _refuse(Status.INVALID, error)
    return _show(results, stdout, as_json=as_json)


def _show(results: Mapping[Hashable, Mapping[str, Any]], stdout: DataOut, *, as_json: bool) -> Status:
    failures = failures_text(results)
    status = Status.FAILED if failures else Status.SUCCEEDED
    try:
        stdout.write(json_text(results) if as_json else results_table(results))
    except OSError as error:
        status = _refuse(Status.UNUSABLE, f"the results cannot be written: {error}")
    if failures:
        tell(failures)
    return status


def _code_failed(error: UserCodeError) -> Status:
    cause = error.__cause__
    assert cause is not None  # noqa: S101 - Invariant: see UserCodeError
    tell(trace_of(cause))
    return _refuse(Status.INVALID if isinstance(cause, DefinitionError) else Status.UNUSABLE, error)


def _refuse(status: Status, why: object) -> Status:
    tell(f"concurra-cli: {why}")
    return status
