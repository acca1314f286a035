"""Tasks without work. This module imports nothing: what a task's module imports is the task's cost, not the pool's."""


def nothing() -> None:
    """Do nothing."""


def after(*_: object) -> None:
    """Do nothing with the results of other tasks."""


def double(number: int) -> int:
    """Return twice *number*: something goes there, something comes back."""
    return number * 2
