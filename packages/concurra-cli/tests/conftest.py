"""The fixtures of `command_fixtures`, for all tests here. Nothing else: mypy knows one module of this name only."""

from command_fixtures import _own_surroundings, cli, data, etl

__all__ = ["_own_surroundings", "cli", "data", "etl"]
