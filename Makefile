# The words people try. `make` alone lists them.
# Everything lives in .venv; nothing outside this folder is touched.

PYTHON ?=
SANDBOX ?=
DEMO_ARGS ?=
TEST_ARGS ?=
# Two for each of two cores: many tests wait for containers and servers.
JOBS ?= 4
SOAK_SECONDS ?= 1800
SOAK_SEED ?= 7

VENV := .venv
BIN := $(VENV)/bin
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs soak clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' Makefile
	@echo "  PYTHON=/path/to/python chooses the interpreter (3.11 or newer)"

demo: $(VENV)/.for-running  ## watch an economy live, then read its report (SANDBOX=docker, DEMO_ARGS=...)
	@$(BIN)/syntropism demo $(if $(SANDBOX),--sandbox $(SANDBOX)) $(DEMO_ARGS)

test: $(VENV)/.for-development  ## run every test (TEST_ARGS="-k ledger")
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(TEST_ARGS)

lint: $(VENV)/.for-development  ## style, formatting, types, and who may import whom
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@.ci/check-workspaces $(BIN)/python
	@$(BIN)/lint-imports --no-cache --no-logo

bench: $(VENV)/.for-development  ## the short form of every benchmark, as a table
	@$(BIN)/python benchmarks/run_all.py

docs: $(VENV)/.for-development  ## write the generated reference pages, check every link
	@$(BIN)/python tools/docs.py

soak: $(VENV)/.for-development  ## the long runs: services under faults, 30 seeds x 300 cycles, 25 kills
	@$(BIN)/python benchmarks/breathing.py
	@$(BIN)/python -m tests.e2e.soak --seconds $(SOAK_SECONDS) --seed $(SOAK_SEED)
	@SOAK=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(TEST_ARGS)

clean:  ## remove everything that make made
	@rm -rf $(VENV) build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed once, and again when pyproject.toml changes.
$(VENV)/.for-running: pyproject.toml .ci/venv
	@.ci/venv analysis,docker
	@touch $@

$(VENV)/.for-development: pyproject.toml .ci/venv
	@.ci/venv dev
	@touch $(VENV)/.for-running $@
