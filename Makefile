.PHONY: all compiled setup sync format lint type test cover mutants docs flags wheels lock bench bench-all bench-baseline bench-check bench-faults soak chaos changelog

all: lint type test cover docs wheels

setup:  ## once a clone: keep uv.lock free of addresses, whatever uv writes into it
	git config filter.index-free.clean "python3 scripts/lock.py --clean"
	git config filter.index-free.smudge cat
	uv sync --all-groups

sync:
	uv sync --all-groups

format:
	uv run --group lint ruff format .
	uv run --group lint ruff check --fix .

lint:
	uv run --group lint ruff format --check .
	uv run --group lint ruff check .

type:
	uv run --group lint mypy

test:
	uv run pytest

cover:  ## every branch of the pure layers, from their own tests alone
	uv run coverage erase
	uv run coverage run -m pytest -q packages/concurra-core/tests/model packages/concurra-core/tests/graph packages/concurra-core/tests/engine
	uv run coverage combine -q
	uv run coverage report --fail-under=100 --include="*/concurra_core/model/*,*/concurra_core/graph/*,*/concurra_core/engine/*"

mutants:  ## small mistakes in the engine and the graph, one at a time: do the tests see them? MUTANTS=--survivors
	uv run python scripts/mutants.py $(MUTANTS)

docs:
	uv run --group docs sphinx-build -n -W --keep-going -q -b html docs docs/_build/html

flags:  ## the reference of the command's flags, out of its parser; a test compares
	uv run python scripts/flags.py

wheels:  ## build all packages and use them in fresh environments; PYTHON=... for another interpreter
	uv run --group release python scripts/wheels.py $(PYTHON)

lock:
	uv lock
	python3 scripts/lock.py

compiled:  ## editable sources have no bytecode where PYTHONDONTWRITEBYTECODE is set, and each start would parse them
	uv run python -m compileall -q packages benchmarks

bench: compiled
	uv run --group bench python -m benchmarks

bench-all: compiled  ## beside other libraries, each in an environment of its own; writes docs/comparison.md; ten minutes, Linux
	uv run python -m benchmarks.compare

bench-check: compiled  ## has anything become slower? ratios against the committed baseline; two minutes
	uv run --group bench python -m benchmarks.check

bench-baseline: compiled  ## measures five times, on a quiet machine, and writes the baseline
	uv run --group bench python -m benchmarks.check --rewrite

bench-faults: compiled ## what becomes of a program when a worker process goes wrong; needs Linux
	uv run --group bench python -m benchmarks.faults

soak: compiled ## MINUTES=60 of runs full of faults in one program; what it holds must not grow, no result be untrue
	PYTHONPATH=tests:packages/concurra-core/tests/helpers uv run python -m soak --minutes $(or $(MINUTES),60)

chaos: compiled ## SEEDS=1000 random flows while a monkey kills, stops and delays their worker processes; needs Linux
	PYTHONPATH=tests uv run python -m chaos.many $(or $(SEEDS),1000)

changelog:
	uv run --group docs towncrier build --draft
