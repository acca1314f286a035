"""Measures Concurra beside other ways to run the same tasks. `python -m benchmarks` does all of it."""
