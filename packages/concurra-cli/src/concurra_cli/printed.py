"""Text for stdout before that is kept for data: help, the version, what a misuse is told with."""

from __future__ import annotations

from concurra_cli.status import Status


def printed(text: str) -> Status:
    """Write *text* to stdout and return the exit status. A reader that has gone is no error, a full disk is."""
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        return Status.SUCCEEDED
    except OSError as error:
        from concurra_cli.talk import tell  # for those whose disk is full

        tell(unwritten(error))
        return Status.UNUSABLE
    return Status.SUCCEEDED


def unwritten(error: OSError) -> str:
    """Return how it is told that the data could not be written because of *error*."""
    return f"concurra-cli: the results cannot be written: {error}"
