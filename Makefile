# The workshop. Needs git, make and a Python of 3.11 or newer; everything else goes into .venv.
# Another Python than the first one found: make demo PYTHON=/opt/python3.13/bin/python3

PYTHON  ?= python3 python3.13 python3.12 python3.11 python3.14 python
VENV    := .venv
BIN     := $(VENV)/bin
ROOMS   := engine dsl actions playbooks cli web
WORKERS ?= auto
# Half of the tests to each process and whatever is left to whoever is done: what a module sets up
# is set up once, and the long tests at the end do not find one process idle.
PYTEST  := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check browser chromium format bench chaos site typing grammar clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.run  ## rehearse the example project and show what it would have done
	@echo
	@echo '$$ cuebook dry-run examples/b2b'
	@$(BIN)/cuebook dry-run examples/b2b

test: $(VENV)/.dev typing  ## run every test
	$(PYTEST)

check: $(VENV)/.dev typing chromium  ## all that a change must pass: format, lint, types, tests, docs, wheel
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST)

browser: $(VENV)/.dev typing chromium  ## open every page of the console in a real browser
	$(BIN)/python -m pytest -q -m browser

chromium:  # Debian's browser, for the tests that open pages; without it they are skipped, and say so
	@if ! command -v chromium >/dev/null; then \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; \
	    else \
	        echo 'chromium is not there, so no page of the console will be opened' >&2; \
	        echo 'next: sudo apt-get install chromium' >&2; \
	    fi; \
	fi

format: $(VENV)/.dev  ## bring the code into its form and mend what can be mended safely
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev typing  ## measure; one line of JSON for each figure
	PYTHONPATH=.typing $(BIN)/python benchmarks/run_all.py

chaos: $(VENV)/.dev typing  ## kill workers at random for two minutes, and count what came of it
	$(BIN)/python -m tests.chaos.loop

grammar: $(VENV)/.dev typing  ## compile dsl/grammar.lark into the table that is read at start
	$(BIN)/python -m cuebook.dsl.table

site: $(VENV)/.dev  ## build the manual as a site in build/site
	$(BIN)/python docs/site.py

typing:  ## link the rooms below .typing/cuebook, where mypy and pytest look for them
	@mkdir -p .typing/cuebook
	@for room in $(ROOMS); do ln -sfn ../../$$room .typing/cuebook/$$room; done

clean:  ## remove all that was made, the virtual environment too
	rm -rf $(VENV) .typing build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: what stands in .venv is made again only when pyproject.toml has changed.

$(VENV)/.made:
	@for candidate in $(PYTHON); do \
	    if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo 'cuebook needs Python 3.11 or newer; looked for: $(PYTHON)' >&2; \
	    echo 'next: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11' >&2; exit 2; \
	fi; \
	echo "making $(VENV) with $$($$found --version)"; \
	rm -rf $(VENV); \
	if ! $$found -m venv $(VENV); then \
	    rm -rf $(VENV); \
	    echo "$$found cannot make a virtual environment; Debian and Ubuntu keep that part in a package of its own" >&2; \
	    echo 'next: apt-get install python3-venv, then make $(MAKECMDGOALS)' >&2; exit 2; \
	fi
	@touch $@

$(VENV)/.run: $(VENV)/.made pyproject.toml
	@echo 'installing cuebook and what it needs to rehearse'
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml
	@echo 'installing cuebook and what its tests need'
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(VENV)/.run $@
