"""What the command tells its caller when it ends."""

from enum import IntEnum


class Status(IntEnum):
    """An exit status."""

    SUCCEEDED = 0  # every task did
    FAILED = 1  # a task did not succeed
    UNUSABLE = 2  # bad usage, or nothing to run could be loaded
    INVALID = 3  # the graph cannot be run as it was described
    INTERRUPTED = 130  # what a shell tells of a program that SIGINT ended
