"""The fixture of `log_memory`, for all tests here. Nothing else: mypy knows one module of this name only."""

from log_memory import logger

__all__ = ["logger"]
