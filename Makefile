# Each target sets up all it needs in .venv; only Python 3.11 or newer, make and a package index are required.
PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3 2>/dev/null))
VENV ?= .venv
BIN := $(VENV)/bin
export TF_CPP_MIN_LOG_LEVEL ?= 2

demo: $(VENV)/ready  ## scaffold, pretrain, fine-tune, compare with scratch: under five minutes on two cores
	$(BIN)/keras-transfer demo --dir demo

test: $(VENV)/ready lint  ## lint and the whole test suite
	$(BIN)/python -m pytest -n 2 --dist loadfile

quick: $(VENV)/ready  ## the tests that take seconds
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

dist: $(VENV)/ready  ## sdist, and the wheel made from it
	rm -rf build dist
	$(BIN)/python -m build

$(VENV)/ready: setup.py
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf build dist demo *.egg-info .pytest_cache .ruff_cache

.PHONY: demo test quick lint dist clean
