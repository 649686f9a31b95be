# Every target does its own set-up: a virtual environment in .venv, made from Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: solve test long lint compare report docs clean
solve: $(VENV)/.ready
	$(BIN)/layout-opt solve china-2017

compare: $(VENV)/.ready
	$(BIN)/layout-opt compare china-2017 --models reference,no-ecology,strict-ecology,no-zones

report: solve
	$(BIN)/layout-opt report runs/china-2017 --format html,md

test: $(VENV)/.tested lint
	$(BIN)/python -m pytest -n auto

long: $(VENV)/.tested
	$(BIN)/python -m pytest -n auto -m long

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.documented
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --fresh-env docs build/docs
	@echo build/docs/index.html

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; name one with make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.tested: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

$(VENV)/.documented: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	touch $@

clean:
	rm -rf $(VENV) runs build docs/generated
