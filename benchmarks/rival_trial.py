"""All that is measured of one rival, in the environment that this runs in. Prints figures and versions as JSON.

python -m benchmarks.rival_trial NAME [--quick] [--only AXIS ...] [--workflows DIR]

A figure that could not be had is null.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.rival_measures import AXES, How
from benchmarks.rivals import RIVALS
from benchmarks.workflows import DEFAULT


def main() -> None:
    """Measure and print."""
    rivals = {rival.name: rival for rival in RIVALS}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rival_trial", description=__doc__)
    parser.add_argument("name", choices=rivals)
    parser.add_argument("--quick", action="store_true", help="once each, and smaller")
    parser.add_argument("--only", nargs="+", choices=AXES, default=list(AXES), help="some axes")
    parser.add_argument("--workflows", type=Path, default=DEFAULT, metavar="DIR", help="recorded workflows")
    options = parser.parse_args()
    rival, how = rivals[options.name], How(options.quick, options.workflows)
    figures = {}
    for axis in options.only:
        began = time.perf_counter()
        figures[axis] = AXES[axis](rival, how)
        print(f"  {axis}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    versions = {package: version(package) for package in ("concurra-core", *rival.packages)}
    print(json.dumps({"versions": versions, "figures": figures}))


if __name__ == "__main__":
    main()
