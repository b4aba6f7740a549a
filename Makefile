# Cross on a machine with Python 3.11, make and nothing else.
# Each target first makes what it needs of .venv, once: a stamp under .venv/ says what is there.

PYTHON ?= python3
SEEDS ?= 2000
KILLS ?= 1000
EDITS ?= 10000
COUNT ?= 1000000
RUNS ?= 200
SECONDS ?= 60
PAIRS ?= 100
BIN := .venv/bin
# Twice quiet: errors are shown, and nothing else.
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check

.DELETE_ON_ERROR:
.PHONY: demo serve sandbox test check bench overload crash crash-webhooks crash-primary sweep simulate conformance power mutation pages tamper clean model forged fuzz tills

demo: .venv/cross.stamp  ## a transfer between simulated operators, watched step by step
	$(BIN)/cross demo --once

serve: .venv/cross.stamp  ## the switch alone, as cross.toml and the environment configure it
	$(BIN)/cross serve

sandbox: .venv/cross.stamp  ## the switch on port 8228 and the simulated operators on 8229
	$(BIN)/cross sandbox

test: .venv/dev.stamp  ## every test, on SQLite and on PostgreSQL
	$(BIN)/pytest --numprocesses=2 --dist=worksteal

check: .venv/dev.stamp .venv/bench.stamp  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy src tests sdk/python $(if $(wildcard bench/*.py),bench)
	$(BIN)/lint-imports --no-logo

bench: .venv/bench.stamp  ## the performance table
	$(BIN)/python bench/run.py

overload: .venv/bench.stamp  ## what a slow operator, slow sockets, callbacks and bad endpoints cost the others
	$(BIN)/python -m bench.overload
	$(BIN)/python -m bench.neighbours

crash: .venv/dev.stamp  ## the switch killed at random moments, long form
	$(BIN)/python -m tests.crash.sweep

crash-webhooks: .venv/dev.stamp  ## no event lost, no number skipped: make crash-webhooks KILLS=1000
	$(BIN)/python -m tests.crash.sweep --engine sqlite --kills $(KILLS)

crash-primary: .venv/dev.stamp  ## PostgreSQL itself killed under load
	$(BIN)/python -m tests.crash.primary

sweep: .venv/dev.stamp  ## a death at every numbered point, and pairs of deaths: make sweep PAIRS=all
	$(BIN)/python -m tests.crash.crossing --pairs $(PAIRS)

simulate: .venv/dev.stamp  ## the deterministic simulation: make simulate SEEDS=2000
	$(BIN)/python tests/simulation/run.py --seeds $(SEEDS)

power: .venv/dev.stamp  ## each planted defect, and what found it
	$(BIN)/python tests/power/run.py

model: .venv/dev.stamp  ## every situation of one movement with 3 crashes and 4 faults
	$(BIN)/python -m tests.model.explore

mutation: .venv/power.stamp  ## how many small changes of the money modules the tests notice
	$(BIN)/python tests/power/mutation.py

forged: .venv/dev.stamp  ## forged notifications, none accepted: make forged COUNT=1000000
	$(BIN)/python -m tests.properties.forgeries --count $(COUNT)

tills: .venv/dev.stamp  ## what two merchants may do, in any order, on both engines: make tills RUNS=200
	$(BIN)/python -m tests.properties.run_tills --runs $(RUNS)

fuzz: .venv/fuzz.stamp  ## every reader of what strangers send, fuzzed: make fuzz SECONDS=60
	PYTHONPATH=sdk/python/src $(BIN)/python -m tests.fuzz.run --seconds $(SECONDS)

tamper: .venv/dev.stamp  ## random edits of books, each found at its position: make tamper EDITS=10000
	$(BIN)/python -m tests.storage.tampering --edits $(EDITS)

conformance: .venv/dev.stamp  ## schemathesis on the served document, long form
	$(BIN)/python -m tests.api.conformance

pages: .venv/dev.stamp  ## every payer's page in every state as a file, and as a picture where Chromium is
	$(BIN)/python -m tests.web.gallery build/pages

clean:  ## back to a fresh clone's files
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Cross needs Python 3.11 or later: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/run.txt | .venv/pyvenv.cfg
	@echo "installing $<"
	@$(INSTALL) --require-hashes -r $<
	@touch $@

.venv/cross.stamp: pyproject.toml | .venv/run.stamp
	@echo "installing cross"
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp .venv/bench.stamp .venv/power.stamp .venv/fuzz.stamp: .venv/%.stamp: requirements/%.txt | .venv/cross.stamp
	@echo "installing $<"
	@$(INSTALL) --require-hashes -r $<
	@touch $@
