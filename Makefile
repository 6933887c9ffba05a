# Every target but setup itself runs setup first, which makes .venv when it is missing or older than the requirements.
#   make demo PYTHON=python3.12     another interpreter
#   make test ARGS="-k request"     more arguments for pytest

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.stamp
OFFLINE := not gpu and not network
ARGS ?=
DEMO_ARGS ?=

.PHONY: setup demo test test-slow parity lint format bench setup-node

setup: $(STAMP)

$(STAMP): requirements.txt requirements-dev.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

demo: setup
	$(RUN) inference.py audio_path=examples/demo.mp3 output_path=examples/out $(DEMO_ARGS)

test: setup
	$(RUN) -m pytest -m "not slow and $(OFFLINE)" $(ARGS)

test-slow: setup
	$(RUN) -m pytest -m "slow and $(OFFLINE)" $(ARGS)

parity: setup
	$(RUN) -m pytest -m "parity and $(OFFLINE)" $(ARGS)

lint: setup
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(RUN) -m mypy

format: setup
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: setup
	for file in benchmarks/*.py; do $(RUN) $$file || exit 1; done

# The independent .osu parser that a slow test reads maps with.
setup-node: tests/node/node_modules/.stamp

tests/node/node_modules/.stamp: tests/node/package.json tests/node/package-lock.json
	cd tests/node && npm ci --no-audit --no-fund
	touch $@
