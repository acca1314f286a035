"""What the command tells its caller when it ends."""

from enum import IntEnum


class Status(IntEnum):
    """An exit status."""

    SUCCEEDED = 0  # every task that counts did
    FAILED = 1  # a task did not succeed
    UNUSABLE = 2  # bad usage, or nothing to run could be loaded
    INVALID = 3  # the graph cannot be run as it was described
    NOTHING = 4  # the selection selects nothing
    LATE = 124  # the run came to its deadline; what `timeout` tells too
    HUNG_UP = 129  # its terminal has gone: what a shell tells of a program that SIGHUP ended
    INTERRUPTED = 130  # what a shell tells of a program that SIGINT ended
    TERMINATED = 143  # the same for SIGTERM
