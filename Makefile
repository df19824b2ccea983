# Everything here needs only Python 3.11 or newer and a package index configured for pip
# (PIP_INDEX_URL, pip.conf). node, npm, protoc, buf and grpcurl come from the index.

.DEFAULT_GOAL := help
# One target after the other, but for those that `check` lets run together.
ifndef TOGETHER
.NOTPARALLEL:
endif
SHELL := /bin/bash

VENV := .venv
PY := $(VENV)/bin/python
LOCK := requirements.lock
BENCH_LOCK := bench/peers/requirements.lock
# Pins by hash what requirements resolve to, and names no index.
RESOLVE = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links
# ARGS is passed to a target's command: make test ARGS="-k limits -x"
ARGS ?=
# The number of test processes; 0 runs the tests in a single process, for debugging.
JOBS ?= auto
# What builds images, and their tag.
BUILDER ?= docker
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml | head -1)
# The number of schedules of make simulation.
SEEDS ?= 100000

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Keep compiled modules: otherwise every test process, and every process that a test starts, would
# compile all of them again.
unexport PYTHONDONTWRITEBYTECODE
# Files are UTF-8, also without a locale.
export PYTHONUTF8 := 1

# The first interpreter that is new enough; PYTHON=... selects another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo "$$python"; break; }; done)

.PHONY: help
help:  ## list all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: python
python:  ## check that there is a suitable Python
	@test -n "$(PYTHON)" || { echo "Caisson needs Python 3.11 or newer; set PYTHON=... to one" >&2; exit 1; }
	@"$(PYTHON)" tools/check_python.py

$(PY):
	@$(MAKE) --no-print-directory python
	@echo "setup: $(VENV) with $$("$(PYTHON)" --version)" >&2
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# --use-pep517 is pip's way since 23.1; Debian's pip, without it, writes commands that do not start
# below a path with a blank.
.PHONY: deps
deps: $(PY)  ## install the locked dependencies into .venv
	@cmp -s $(LOCK) $(VENV)/installed.lock || { \
		echo "setup: installing the dependencies that $(LOCK) pins (about a minute)" >&2 && \
		$(PY) -m pip install -qq --require-hashes --no-deps --use-pep517 -r $(LOCK) && \
		cp $(LOCK) $(VENV)/installed.lock; }

.PHONY: guest
guest: deps  ## build the sandbox's guest (engine.wasm, prelude.js, prelude.data) if it is stale
	@$(PY) -m services.toolrunner.guest.build

.PHONY: setup
setup: deps guest  ## create .venv with the caisson command, and build the guest
	@cat pyproject.toml setup.py caisson/pyproject.toml | cmp -s - $(VENV)/installed.project || { \
		echo "setup: installing the caisson command" >&2 && \
		$(PY) -m pip install -qq --no-build-isolation --no-deps --editable caisson --editable . && \
		cat pyproject.toml setup.py caisson/pyproject.toml > $(VENV)/installed.project; }

.PHONY: run
run: setup  ## run the example agent through both services
	@$(PY) -m examples.weather.run $(ARGS)

.PHONY: serve
serve: setup  ## start both services in this terminal
	@$(VENV)/bin/caisson serve $(ARGS)

.PHONY: proto
proto: deps  ## generate the Python stubs of protos/ into caisson/
	@$(PY) -m tools.generate_stubs

.PHONY: proto-export
proto-export: deps  ## export the protos and their imports to DIR=..., for clients in other languages
	@test -n "$(DIR)" || { echo "DIR is missing: make proto-export DIR=..." >&2; exit 2; }
	@$(PY) -m tools.lint_protos --export "$(DIR)"

.PHONY: docs
docs: guest  ## generate the tables in docs/
	@$(PY) -m tools.doc_tables
	@$(PY) -m tests.node.surface

.PHONY: format
format: deps  ## format the Python files and sort their imports
	@$(PY) -m ruff check --quiet --select I --fix .
	@$(PY) -m ruff format --quiet .

.PHONY: lint
lint: deps  ## check style, format, protos (also that none breaks), stubs and lock files
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m tools.lint_protos
	@$(PY) -m tools.generate_stubs --check
	@$(PY) -m tools.check_locks
	@$(PY) -m tools.doc_tables --check

.PHONY: type
type: deps  ## check types
	@$(PY) -m mypy

.PHONY: test
test: setup  ## run all tests, or those of one folder: ARGS="tests/bundle"
	@$(PY) -m pytest -n $(JOBS) --maxprocesses 8 $(ARGS)

.PHONY: coverage
coverage: setup  ## run the tests and report branch coverage of services/
	@$(PY) -m pytest -n $(JOBS) --maxprocesses 8 --cov --cov-report=term:skip-covered \
		--cov-report=html:build/coverage $(ARGS)

# The compiler of the guest takes a minute or two, and so does mypy: each gets a core.
.PHONY: check
check: deps  ## lint, type and test, as CI does
	@$(MAKE) --no-print-directory -j2 --output-sync=target TOGETHER=1 setup lint type
	@$(MAKE) --no-print-directory test

.PHONY: bench
bench: setup  ## run benchmarks and print JSON lines
	@$(PY) -m bench $(ARGS)

.PHONY: soak
soak: setup whole simulation  ## run whole and simulation, then many calls while watching for leaks
	@$(PY) -m bench.soak $(ARGS)

.PHONY: whole
whole: setup  ## run every test with all cases, and each property many times
	@$(PY) -m pytest -n $(JOBS) --maxprocesses 8 --soak --timeout 3600

.PHONY: simulation
simulation: setup  ## run SEEDS (100,000) random schedules of the agent loop on virtual time
	@$(PY) -m tests.simulation --seeds $(SEEDS)

.PHONY: matrix
matrix: setup  ## compare bundles of every framework and bundler with Node
	@$(PY) -m pytest -q tests/matrix --whole-matrix

.PHONY: wheel
wheel: deps  ## build both wheels into dist/
	@rm -rf build/lib build/client dist/*.whl
	@$(PY) -m pip wheel -qq --no-deps --wheel-dir dist ./caisson .
	@rm -rf *.egg-info caisson/*.egg-info
	@ls -1 dist/*.whl

.PHONY: images
images: wheel  ## build the images of both services with BUILDER=docker|podman|buildah
	@for image in executor toolrunner; do \
		$(BUILDER) build --file deploy/Dockerfile --target $$image --tag caisson-$$image:$(VERSION) $(ARGS) . || exit 1; \
	done

.PHONY: sbom
sbom: setup  ## list what the images and the guest contain (CycloneDX) in dist/*.cdx.json
	@$(PY) -m tools.sbom $(ARGS)

.PHONY: audit
audit: deps  ## look for known vulnerabilities in what the lock files pin; needs the network
	@for lock in $(LOCK) deploy/locks/executor.lock deploy/locks/toolrunner.lock; do \
		$(PY) -m pip_audit --strict --disable-pip --require-hashes --requirement $$lock $(ARGS) || exit 1; \
	done

.PHONY: lock
lock: deps  ## update requirements.lock, for every Python and platform, and those of the images
	@$(RESOLVE) --annotation-style line --no-emit-package caisson --no-emit-package caisson-client \
		--extra executor --extra toolrunner --extra otlp --extra valkey --group dev --output-file $(LOCK) $(ARGS) pyproject.toml
	@$(RESOLVE) --annotation-style line --constraint $(LOCK) \
		--no-emit-package wasmtime --group bench --output-file $(BENCH_LOCK)
	@$(RESOLVE) --no-annotate --no-emit-package caisson --no-emit-package caisson-client --constraint $(LOCK) \
		--extra executor --extra valkey --extra otlp --output-file deploy/locks/executor.lock pyproject.toml
	@$(RESOLVE) --no-annotate --no-emit-package caisson --no-emit-package caisson-client --constraint $(LOCK) \
		--extra toolrunner --extra otlp --output-file deploy/locks/toolrunner.lock pyproject.toml
	@$(PY) -m tools.check_locks

.PHONY: clean
clean:  ## remove build output and caches, but not .venv
	@rm -rf build dist *.egg-info caisson/*.egg-info services/toolrunner/guest/dist \
		.pytest_cache .ruff_cache .mypy_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +
