# make demo   paint a clip and follow its target; results in out/
# make test   the whole suite
# make lint   format, lint, types, import rules
# Each makes the environment it needs, once; PYTHON=python3.12 chooses another interpreter.

PYTHON ?= $(shell python3.11 -c 'print("python3.11")' 2>/dev/null || echo python3)
VENV := .venv
DEMO := .venv-demo
SOURCES := backbones tracker eval apps tests
PIP_OPTIONS := --quiet --disable-pip-version-check --no-input

.PHONY: demo test lint clean
.DEFAULT_GOAL := demo

# run-time packages only: no torch
$(DEMO)/.installed: pyproject.toml
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python -m pip install $(PIP_OPTIONS) -e .
	touch $@

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install $(PIP_OPTIONS) -c constraints.txt -e '.[dev]'
	touch $@

demo: $(DEMO)/.installed
	$(DEMO)/bin/lowtrack demo --out out

test: $(VENV)/.installed
	$(VENV)/bin/python -m pytest

lint: $(VENV)/.installed
	$(VENV)/bin/ruff format --check $(SOURCES)
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

clean:
	rm -rf $(VENV) $(DEMO) out
