"""The pytest fixture `simulate`. pytest loads this file at each start, by its entry point: it imports little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

import pytest

if TYPE_CHECKING:
    from concurra_core.runner.run import RunSettings
    from concurra_core.runner.workflow import Workflow
    from concurra_core.testing.fakes import Fake
    from concurra_core.testing.simulated_run import SimulatedRun
    from concurra_core.testing.simulation import Simulate


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line say which interleaving tests look at."""
    parser.getgroup("concurra").addoption(
        "--simulation-seed",
        type=int,
        default=0,
        metavar="N",
        help="seed of the simulated runs of tests that name none (default: 0)",
    )


@pytest.fixture(name="simulate")
def simulate_fixture(request: pytest.FixtureRequest) -> Simulate:
    """Run a flow in virtual time, as `concurra.testing.simulate`; what happened is shown where the test fails."""
    from concurra_core.testing.simulation import simulate  # for the tests that ask

    node, chosen = request.node, request.config.getoption("simulation_seed")

    def simulated(
        flow: Workflow,
        fakes: Mapping[Any, Fake] | None = None,
        *,
        seed: int = chosen,
        **settings: Unpack[RunSettings],
    ) -> SimulatedRun:
        run = simulate(flow, fakes, seed=seed, **settings)
        node.add_report_section("call", "simulated run", str(run))
        return run

    return simulated
