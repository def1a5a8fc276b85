.DEFAULT_GOAL := help
.PHONY: help run env test-env browser postgres test spark quick check bench lock audit screenshots clean

HOST ?= 127.0.0.1
PORT ?= 8501
PROCESSES ?= 1
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$each >/dev/null && $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: env ## The dashboard, with a demonstration firm on first start (PORT, HOST and PROCESSES can be set)
	@$(PY) -m pages.web.exposure "$(HOST)"
	@$(PY) -m data demo --if-absent
ifeq ($(PROCESSES),1)
	@echo "Clientela is at http://$(HOST):$(PORT)"
	@$(VENV)/bin/streamlit run app.py --server.address "$(HOST)" --server.port "$(PORT)" --server.headless true
else
	@$(PY) -m pages.web.several_processes "$(HOST)" "$(PORT)" "$(PROCESSES)"
endif

env: $(VENV)/env-ready ## The environment alone, in .venv

$(VENV)/env-ready: requirements.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "Clientela needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(PY) || { echo "Making the environment in $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@$(PIP) -r requirements.txt
	@touch $@

test-env: $(VENV)/test-ready

$(VENV)/test-ready: $(VENV)/env-ready tests/requirements.txt
	@$(PIP) -r tests/requirements.txt
	@touch $@

browser: ## A headless browser for the tests, where none is found
	@sh tests/browser/install.sh

postgres: ## A PostgreSQL server for the tests, where none is found
	@sh tests/data/install_postgres.sh

test: export PYTHONDONTWRITEBYTECODE = # what one process compiled serves the many that tests start
test: export OMP_NUM_THREADS = 1# the two processors are taken: threads of one sum would wait for each other
test: export POLARS_MAX_THREADS = 1# they wait for each other longer than the few rows of a test take
test: test-env browser postgres ## Every test; those in the browser beside the others
	@$(PY) -m pytest tests/browser > $(VENV)/browser-tests.txt 2>&1 & shown=$$!; \
	$(PY) -m pytest -n 2 --dist loadfile --ignore tests/browser; rest=$$?; \
	wait $$shown; shown=$$?; cat $(VENV)/browser-tests.txt; test $$rest = 0 -a $$shown = 0

spark: test-env ## The tests on a real Spark cluster of two workers, which takes Java 17; installs pyspark
	@$(PIP) -r requirements-spark.txt
	@$(PY) -m pytest -n 0 tests/spark

# Questions and their traps, files, dates and numbers, a model and a figure each: what most mistakes show in.
QUICK := $(addprefix tests/,test_questions_told.py cubes/test_catalogue.py cubes/test_derive.py \
	cubes/test_lineage.py cubes/test_traps.py data/test_dates.py \
	data/test_load_dialects.py::test_each_delimiter_and_encoding_is_loaded mining/test_published_purchases.py mining/test_rfm.py \
	pages/test_figures.py pages/test_formats.py pages/test_pivot.py \
	pages/test_view.py)

quick: test-env ## The tests that tell most, in under a minute of a processor
	@$(PY) -m pytest -n 0 $(QUICK)

check: test-env ## Lint, types and the contracts between layers
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@PYTHONPATH=. $(VENV)/bin/lint-imports

bench: test-env ## The benchmarks, beside what a user would pick instead
	@$(PIP) -r bench/requirements.txt
	@$(PY) -m bench cubes

lock: test-env ## Writes the versions of all packages into constraints.txt, as they are installed
	@{ grep '^#' constraints.txt; $(PY) -m pip freeze --exclude pip --exclude setuptools --exclude wheel | sort -f; } > $(VENV)/lock
	@mv $(VENV)/lock constraints.txt

AUDIT := $(VENV)/audit/bin

audit: env ## Asks which packages have known faults (the advisories are on pypi.org); fails where it cannot be asked
	@test -x $(AUDIT)/pip-audit || { $(PY) -m venv $(VENV)/audit && $(AUDIT)/pip install --quiet pip-audit==2.10.1; }
	@$(AUDIT)/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict --progress-spinner off

screenshots: test-env browser ## The pictures in docs/screenshots, taken anew
	@$(PY) -m docs.screenshots

clean: ## Removes the environment (not the warehouse in var/)
	rm -rf $(VENV)
