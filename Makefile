# The verbs of the project. `make` alone lists them; docs/contributing.md tells more of each.

GRAPH ?= events/graphs/seattle_report.json
INPUTS ?=
PORT ?= 8000
MINUTES ?= 10
stage ?= dev

# Inputs reach the command through the environment, so that JSON needs no quoting twice, and as
# they were written: make would take a `$` in them for the name of a variable.
override GRAPH := $(value GRAPH)
override INPUTS := $(value INPUTS)
export GRAPH INPUTS

# The CDK shall tell nobody of us, and us nothing of a version of node.
export CDK_DISABLE_CLI_TELEMETRY := true
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 18,20

VENV := .venv
BIN := $(VENV)/bin
CHECKOV := build/venv-checkov
EMULATOR := build/venv-emulator
FUZZ := build/venv-fuzz
UV := build/venv-uv
UV_VERSION := 0.13.9

# The first Python that is new enough; asked for only where a virtual environment is made.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
PIP_INSTALL := -m pip install --quiet --no-input --disable-pip-version-check
LOCKED := $(PIP_INSTALL) --require-hashes --no-deps
NPM_CI := npm ci --no-audit --no-fund --loglevel=error

.DEFAULT_GOAL := help
.PHONY: help run serve test check fix golden recording synth infra-checks deploy emulator fuzz \
	fuzz-briefly bench lock pr clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/run.ready ## Run a graph on the embedded platform (GRAPH=path INPUTS='{"year": 2014}')
	@$(BIN)/strata run "$$GRAPH" $${INPUTS:+--inputs "$$INPUTS"}

serve: $(VENV)/run.ready ## Keep the embedded platform up (PORT=8000; data in .strata/)
	@$(BIN)/strata serve --port $(PORT) --data .strata

test: $(VENV)/dev.ready ## Run every test but the emulator's, with branch coverage
	$(BIN)/pytest -n 2 --dist=loadgroup --cov --cov-report=term:skip-covered --cov-fail-under=90

check: $(VENV)/dev.ready ## Check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fix: $(VENV)/dev.ready ## Repair format and lint where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: $(VENV)/dev.ready ## Write the gallery's definitions and the references anew
	$(BIN)/python -m tests.golden

recording: $(VENV)/run.ready ## Write docs/run.svg anew: the picture of `make run`
	$(BIN)/python docs/record_run.py

synth: $(VENV)/dev.ready ## Write the templates of a stage to build/cdk.out (stage=dev), without an account
	cd infra_cdk && node_modules/.bin/cdk synth --quiet -c stage=$(stage)

infra-checks: synth $(CHECKOV)/ready ## Check the templates: cdk-nag (in synth), cfn-lint, checkov
	$(BIN)/cfn-lint build/cdk.out/*.template.json
	$(CHECKOV)/bin/checkov --directory build/cdk.out --framework cloudformation \
		--quiet --compact --skip-download

deploy: $(VENV)/dev.ready ## Deploy to the AWS account at hand (stage=dev)
	cd infra_cdk && node_modules/.bin/cdk deploy --all -c stage=$(stage)

emulator: $(VENV)/dev.ready $(EMULATOR)/ready ## Deploy the template to an emulator and run the scenarios there
	cd infra_cdk && node_modules/.bin/cdk synth --quiet -c target=machine --output ../build/cdk.emulator
	$(BIN)/pytest tests/scenarios --runner=emulator

fuzz: $(VENV)/dev.ready $(FUZZ)/ready ## Send the API requests that nobody thought of (MINUTES=10, 13 at most)
	$(BIN)/python -m tests.fuzz --seconds $$(($(MINUTES) * 60))

fuzz-briefly: $(VENV)/dev.ready $(FUZZ)/ready ## The same for a good minute, from a fixed seed
	$(BIN)/python -m tests.fuzz --seconds 75 --seed 4

bench: $(VENV)/dev.ready ## Measure; writes build/bench.json
	$(BIN)/python -m tests.bench

lock: $(UV)/ready ## Write the locks anew from pyproject.toml
	UV=$(UV)/bin/uv sh layers/dependencies/lock.sh

pr: check test fuzz-briefly infra-checks emulator ## All that CI runs

clean: ## Remove all that the other verbs have made, but no data
	rm -rf build $(VENV) infra_cdk/node_modules statemachines/node_modules

# --- What the verbs stand on: each made once, and again when its lock changes ---

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.ready: layers/dependencies/local.txt pyproject.toml | $(BIN)/python
	$(BIN)/python $(LOCKED) -r layers/dependencies/local.txt
	$(BIN)/python $(PIP_INSTALL) --no-deps --no-index --no-build-isolation -e .
	@touch $@

$(VENV)/dev.ready: tests/requirements.txt infra_cdk/requirements.txt $(VENV)/run.ready \
		statemachines/node_modules/.ready infra_cdk/node_modules/.ready
	$(BIN)/python $(LOCKED) -r tests/requirements.txt -r infra_cdk/requirements.txt
	@touch $@

%/node_modules/.ready: %/package-lock.json
	cd $* && $(NPM_CI)
	@touch $@

$(CHECKOV)/ready: infra_cdk/checkov.txt | $(BIN)/python
	$(BIN)/python -m venv --clear $(CHECKOV)
	$(CHECKOV)/bin/python $(LOCKED) -r infra_cdk/checkov.txt
	@touch $@

$(EMULATOR)/ready: tests/emulator/requirements.txt | $(BIN)/python
	$(BIN)/python -m venv --clear $(EMULATOR)
	$(EMULATOR)/bin/python $(LOCKED) -r tests/emulator/requirements.txt
	@touch $@

$(FUZZ)/ready: tests/fuzz/requirements.txt | $(BIN)/python
	$(BIN)/python -m venv --clear $(FUZZ)
	$(FUZZ)/bin/python $(LOCKED) -r tests/fuzz/requirements.txt
	@touch $@

$(UV)/ready: | $(BIN)/python
	$(BIN)/python -m venv --clear $(UV)
	$(UV)/bin/python $(PIP_INSTALL) uv==$(UV_VERSION)
	@touch $@
