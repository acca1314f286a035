"""A workflow of Concurra to start from. It counts words; change it as you like.

concurra-cli list flow.py                   the tasks
concurra-cli plan flow.py                   what a run will look like
concurra-cli run flow.py                    run them
concurra-cli run flow.py -s +report         report alone, and what it needs
concurra-cli run flow.py:build -p top=5     with an argument
"""

from collections import Counter

import concurra

TEXTS = {
    "sea": "the sea and the sand and the wind",
    "hill": "the hill and the wind",
    "town": "the town by the sea",
}


def read(name: str) -> str:
    """Return a text. What a task prints goes to standard error: standard output is for data."""
    print(f"reading {name}")
    return TEXTS[name]


def count(text: str) -> Counter[str]:
    """Return how often each word is in *text*."""
    return Counter(text.split())


def merge(counts: list[Counter[str]]) -> Counter[str]:
    """Return the sum of *counts*."""
    return sum(counts, Counter())


def report(counts: Counter[str], top: int) -> str:
    """Return the most frequent words. A task that raises has failed; what depends on it is skipped."""
    return ", ".join(f"{word} {number}" for word, number in counts.most_common(top))


def build(top: int = 3) -> concurra.Workflow:
    """Return the workflow. On the command line, -p top=5 gives the argument, made what its annotation says."""
    flow = concurra.Workflow(name="words")

    counts = []
    for name in TEXTS:
        # A function, its arguments, and options: tags to select by, further attempts after an error.
        text = flow.add(
            read, name, label=f"read-{name}", tags=["input"], retry=concurra.Retry(3, delay=0.5, on=OSError)
        )
        # What add returned stands for the result: count starts as soon as its own text is there.
        counts.append(flow.add(count, text, label=f"count-{name}"))

    # gather makes one list of several results. With on="process", merge would run in a worker process.
    merged = flow.add(merge, flow.gather(counts), label="merge")
    flow.add(report, merged, top, label="report", timeout=60)

    # A command is a task too. after: it waits for that task, and takes nothing from it.
    flow.command(["date"], label="stamp", after=["report"])
    return flow


# `concurra-cli run flow.py` looks for this name.
flow = build()
