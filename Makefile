# `make` alone lists the targets.

VENV    ?= .venv
PYTHON  ?=
EXTRAS  ?=
OUT     ?= out
WORKERS ?= auto
ARGS    ?=
PYTHONS ?= python3.11 python3.12 python3.13
CELLS   ?= newest oldest sdist

BIN := $(VENV)/bin
export PYTHON

# One thread a library inside each test worker: the workers already fill the machine.
test: export OMP_NUM_THREADS ?= 1
test: export OPENBLAS_NUM_THREADS ?= 1
test: export MKL_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test thorough coverage matrix check format sample docs site clean

help: ## list these targets
	@echo "make TARGET [PYTHON=python3.12] [VENV=.venv]"
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

demo: $(VENV)/.for-use ## the main job on data/sample, from the export to the plan; results in OUT=out
	@$(BIN)/inadimplencia demo --out "$(OUT)"
	@echo "Look in $(OUT)/ for what was written. Next: README.md."

test: $(VENV)/.for-test ## all tests, doctests with them; make test ARGS="-k lateness" for some
	@$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal $(ARGS)

thorough: export INADIMPLENCIA_THOROUGH = 1
thorough: export OMP_NUM_THREADS ?= 1
thorough: export OPENBLAS_NUM_THREADS ?= 1
thorough: export MKL_NUM_THREADS ?= 1
thorough: $(VENV)/.for-test ## the tests that draw random books, with three times as many of them
	@$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal $$(grep -rlE "^from effort import" tests) $(ARGS)

coverage: export OMP_NUM_THREADS ?= 1
coverage: export OPENBLAS_NUM_THREADS ?= 1
coverage: export MKL_NUM_THREADS ?= 1
coverage: $(VENV)/.for-check ## all tests, with the lines and branches that they pass through; by hand
	@$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal --cov --cov-report=term:skip-covered $(ARGS)

matrix: ## by hand: wheel and sdist in empty environments of PYTHONS="python3.11 ...", CELLS="newest oldest sdist"
	@$(firstword $(PYTHONS)) scripts/matrix.py --pythons "$(PYTHONS)" --cells "$(CELLS)" --args "$(ARGS)"

check: $(VENV)/.for-check ## formatting, lint, types, the import rule, and known weaknesses
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/bandit -q -r src -c pyproject.toml -ll
	@$(BIN)/pip-audit --local --progress-spinner off --desc off >$(VENV)/audit.txt 2>&1 || \
		! grep -q "known vulnerabilit" $(VENV)/audit.txt || { cat $(VENV)/audit.txt; exit 1; }

format: $(VENV)/.for-check ## format the code and mend what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

sample: $(VENV)/.for-use ## write data/sample again from its seed
	@$(BIN)/python -m inadimplencia_ml.synthetic data/sample

docs: $(VENV)/.for-use ## write what the code knows into docs/: the tables, the data dictionary
	@$(BIN)/python scripts/write_docs.py

site: $(VENV)/.for-check ## the documentation as a site in site/; fails on any warning
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean: ## remove environments, caches and builds; never results, models or data
	rm -rf .venv .venv-ci build dist site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

# Installs once; again only when pyproject.toml changes.
$(VENV)/.for-%: pyproject.toml scripts/install.sh
	@sh scripts/install.sh "$(VENV)" $* "$(EXTRAS)"
