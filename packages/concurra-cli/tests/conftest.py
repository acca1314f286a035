"""The fixtures of `command_fixtures` and `command_flows`, for all tests here. No more: mypy knows one such module."""

from command_fixtures import _own_surroundings, cli, data, etl
from command_flows import run

__all__ = ["_own_surroundings", "cli", "data", "etl", "run"]
